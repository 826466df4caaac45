/** The project of a pull request: its name, whose it is, and until when it stays. */
import { CommandError } from '@overseer/local/commands';
import type { Condition, LiveObject } from './objects.ts';

/** The ownership label: what has it not is never touched. */
export const PREVIEW_LABEL = 'overseer.dev/preview';
const PULL_REQUEST_LABEL = 'overseer.dev/pull-request';
const COMMIT_LABEL = 'overseer.dev/commit';
const PRESERVE_LABEL = 'overseer.dev/preserve';
const EXPIRES_LABEL = 'overseer.dev/expires';
const EXPIRES_ANNOTATION = 'overseer.dev/expires-at';

export const PREVIEW_SELECTOR = `${PREVIEW_LABEL}=true`;

export type LiveProject = LiveObject<
  unknown,
  { readonly phase?: string; readonly conditions?: readonly Condition[] }
>;

/** A project as its labels tell of it. */
export interface PreviewProject {
  readonly project: string;
  readonly pullRequest: number | undefined;
  readonly commit: string | undefined;
  /** Undefined when nothing says so, or nothing that is a time. */
  readonly expiresAt: Date | undefined;
  readonly isPreserved: boolean;
  readonly isTerminating: boolean;
}

/** @param prefix before `-pr-` */
export function projectName(prefix: string, pullRequest: number): string {
  return `${prefix}-pr-${pullRequest}`;
}

/** Whether its labels say that it was made here. */
export function isOwned({ metadata }: LiveObject): boolean {
  return metadata.labels?.[PREVIEW_LABEL] === 'true';
}

/** @throws CommandError when it is somebody else's, or of another pull request */
export function requireOwned(project: LiveObject, pullRequest: number): void {
  const { name, labels = {} } = project.metadata;
  if (!isOwned(project)) {
    throw new CommandError(
      `Project ${name} is there already and has no label ${PREVIEW_LABEL}=true: somebody else made it, and it is left alone. Choose another name with --prefix.`,
    );
  }
  const label = labels[PULL_REQUEST_LABEL];
  if (label === String(pullRequest)) return;
  throw new CommandError(
    `Project ${name} says that it is of pull request ${label ?? '(none)'}, not ${pullRequest}: it is left alone. Look at its label ${PULL_REQUEST_LABEL}.`,
  );
}

/** What the labels of a preview say. */
export function readPreview(live: LiveProject): PreviewProject {
  const { name, labels = {}, annotations = {}, deletionTimestamp } = live.metadata;
  const pullRequest = labels[PULL_REQUEST_LABEL] ?? '';
  const expires = annotations[EXPIRES_ANNOTATION] ?? timeOfLabel(labels[EXPIRES_LABEL] ?? '');
  const expiresAt = new Date(expires);
  return {
    project: name,
    pullRequest: /^[1-9]\d*$/.test(pullRequest) ? Number(pullRequest) : undefined,
    commit: labels[COMMIT_LABEL],
    expiresAt: Number.isNaN(expiresAt.getTime()) ? undefined : expiresAt,
    isPreserved: labels[PRESERVE_LABEL] === 'true',
    isTerminating: deletionTimestamp !== undefined || live.status?.phase === 'Terminating',
  };
}

/** To the second, as annotation and label have it. */
export function formatExpiry(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}

/** A time in characters that a label may have. */
export function labelOfTime(time: string): string {
  return time.replaceAll(':', '-');
}

function timeOfLabel(label: string): string {
  return label.replace(/T(\d\d)-(\d\d)-(\d\d)Z$/, 'T$1:$2:$3Z');
}
