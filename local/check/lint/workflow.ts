/** GitHub's workflows, as far as the rules look at them. */
import type { SourceFile } from '../sources.ts';

export interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly shell?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, unknown>>;
}

export type Permissions = string | Readonly<Record<string, string>>;

export interface Job {
  readonly 'runs-on'?: string;
  readonly 'timeout-minutes'?: number;
  readonly permissions?: Permissions;
  readonly concurrency?: unknown;
  readonly environment?: unknown;
  readonly secrets?: unknown;
  readonly steps?: readonly Step[];
}

export interface Workflow {
  readonly path: string;
  readonly text: string;
  /** Names of the events that start it. */
  readonly events: readonly string[];
  readonly permissions?: Permissions;
  readonly concurrency?: unknown;
  readonly defaults?: { readonly run?: { readonly shell?: string } };
  readonly jobs: Readonly<Record<string, Job>>;
}

export function isWorkflow({ path }: SourceFile): boolean {
  return /^\.github\/workflows\/[^/]+\.ya?ml$/.test(path);
}

/** @throws SyntaxError when it is no YAML */
export function readWorkflow({ path, text }: SourceFile): Workflow {
  const document = Bun.YAML.parse(text) as Omit<Workflow, 'path' | 'text' | 'events'> & {
    readonly on: string | readonly string[] | Readonly<Record<string, unknown>>;
  };
  const { on } = document;
  const events = typeof on === 'string' ? [on] : Array.isArray(on) ? on : Object.keys(on);
  return { ...document, path, text, events };
}

/** Every step, with the name of its job and a name of its own for messages. */
export function stepsOf({ jobs }: Workflow): { job: string; label: string; step: Step }[] {
  return Object.entries(jobs).flatMap(([job, { steps = [] }]) =>
    steps.map((step, index) => ({
      job,
      label: step.name ?? step.uses ?? `step ${index + 1}`,
      step,
    })),
  );
}
