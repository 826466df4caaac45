import { type BigIntStats, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';

const POLL_INTERVAL_MS = 1000;

/**
 * Tells when files have changed. Looks once a second: notifications of the system know neither network file systems nor the
 * symbolic links by which Kubernetes swaps folders, and would need this beside them.
 */
export class WatchedFiles {
  readonly #paths: readonly string[];
  readonly #onChange: () => void;
  readonly #timer: ReturnType<typeof setInterval>;
  /** The state that was last told of, and the one of the last look. */
  #told: string;
  #seen: string;
  #isLooking = false;

  /**
   * Call it before the files are read for the first time: a change right after that is not missed.
   * @param onChange called once all files have stayed as they are for a look: two that belong together are not
   * written at one moment
   */
  constructor(paths: readonly string[], onChange: () => void, pollIntervalMs = POLL_INTERVAL_MS) {
    this.#paths = paths;
    this.#onChange = onChange;
    this.#timer = setInterval(() => void this.#look(), pollIntervalMs);
    this.#timer.unref();
    this.#told = this.#seen = paths.map(stateNow).join(' ');
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const states = await Promise.all(this.#paths.map(stateOf));
    this.#isLooking = false;
    const seen = states.join(' ');
    const isSettled = seen === this.#seen;
    this.#seen = seen;
    if (!isSettled || seen === this.#told) return;
    this.#told = seen;
    this.#onChange();
  }
}

/** Something that is another after every change of the file; a symbolic link is followed. */
async function stateOf(path: string): Promise<string> {
  return stat(path, { bigint: true }).then(stateText, failureText);
}

function stateNow(path: string): string {
  try {
    return stateText(statSync(path, { bigint: true }));
  } catch (error) {
    return failureText(error);
  }
}

function stateText({ mtimeNs, ctimeNs, ino, size }: BigIntStats): string {
  return `${mtimeNs}/${ctimeNs}/${ino}/${size}`;
}

/** A state too: whoever reads the file then says what is wrong with it. */
function failureText(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unreadable';
}
