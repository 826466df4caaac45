import type { Metered } from '../processes.ts';

/** A server of line protocol, and what belongs to it, all on this machine and for nothing else. */
export interface WriteServer extends AsyncDisposable {
  readonly name: string;
  readonly version: Readonly<Record<string, string>>;
  /** What is true of lines once they are answered 204. */
  readonly promise: string;
  /** Everything that works for it, by name. */
  readonly processes: Readonly<Record<string, Metered>>;
  /** What it gets of a workload's lines, so that a run takes seconds of any server. */
  readonly share: number;
  writeUrl(database: string): string;
  createDatabase(database: string): Promise<void>;
  /** Whether lines are on their way to where they are kept for good after they were acknowledged. */
  readonly isStoredLater: boolean;
  /**
   * Resolves when so many further lines of a database are stored; called once for lines that were
   * acknowledged.
   * @throws when they are not, after a while
   */
  stored(database: string, lines: number): Promise<void>;
  /**
   * Lets it run, or holds it: what a server does in the background is felt by itself only. One that
   * can't be held does nothing then.
   */
  resume(): Promise<void>;
  pause(): Promise<void>;
  /** Resolves when work in the background has brought its data into the form in which they stay; one that has none lacks it. */
  settle?(): Promise<void>;
  /** Bytes that its data has on the disk, when all that it can write there at once is written. */
  diskBytes(): Promise<number>;
  /** Lines of a database's measurement that a query finds. */
  countLines(database: string, measurement: string): Promise<number>;
  /** Ends all of it by SIGKILL, at the same time. */
  crash(): Promise<void>;
  /** Starts it again with its data; resolves when it says that it is ready. */
  restart(): Promise<void>;
}
