/** Shell, wherever it is: files of its own, and the scripts of workflows. */
import { join } from 'node:path';
import type { SourceFile } from '../sources.ts';
import { isWorkflow, readWorkflow, stepsOf } from './workflow.ts';

/** How GitHub runs a script whose shell is named `bash`. */
const WORKFLOW_SHELL = '#!/usr/bin/env bash\nset -eo pipefail\n';

export function isShellScript({ path, text }: SourceFile): boolean {
  return path.endsWith('.sh') || /^#!.*\b(ba|da)?sh\b/.test(text);
}

/** @returns the scripts of workflows as files, named so that a finding tells where it is */
export function workflowScripts(sources: readonly SourceFile[]): SourceFile[] {
  return sources.filter(isWorkflow).flatMap((file) =>
    stepsOf(readWorkflow(file)).flatMap(({ job, label, step }, index) => {
      if (step.run === undefined) return [];
      const name = `${job}-${index}-${label}`.replaceAll(/[^\w.-]+/g, '-');
      return [{ path: join(file.path, name), text: WORKFLOW_SHELL + step.run }];
    }),
  );
}
