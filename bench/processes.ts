import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** What a process and everything that it started used over an interval. */
export interface Usage {
  /** utime + stime of the process and all its descendants, those that ended meanwhile included. */
  cpuSeconds: number;
  /**
   * The most memory at one moment, in bytes: of a single process its VmHWM, which the kernel keeps
   * exactly; of a tree (PostgreSQL and its backends) the highest sampled sum of Pss, in which a
   * page shared by n processes counts 1/n for each.
   */
  memoryPeakBytes: number;
}

/** A process to be metered; `tree` when its children's memory counts, too. */
export interface Metered {
  processId: number;
  memory: 'process' | 'tree';
}

/**
 * Unit of the times in /proc: USER_HZ, which is 100 on every architecture that Linux has in common
 * use.
 */
const TICKS_PER_SECOND = 100;
/** smaps_rollup walks page tables; oftener would be felt by what is measured. */
const SAMPLE_INTERVAL_MS = 500;

/**
 * Measures CPU time and memory of named processes from start() to stop(). The resolution of CPU
 * time is 10 ms a process.
 * @throws from start() and stop() when a process has ended: figures of a restarted one would be
 *   silently short.
 */
export class ProcessMeter<Name extends string> {
  readonly #processes: Readonly<Record<Name, Metered>>;
  readonly #cpuSecondsBefore = new Map<string, number>();
  readonly #treeBytesPeak = new Map<string, number>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(processes: Readonly<Record<Name, Metered>>) {
    this.#processes = processes;
  }

  /** Starts an interval. */
  start(): void {
    this.#treeBytesPeak.clear();
    const children = childrenByProcess();
    for (const [name, { processId, memory }] of Object.entries<Metered>(this.#processes)) {
      this.#cpuSecondsBefore.set(name, cpuSecondsOfTree(processId, children));
      // Sets VmHWM back to what is resident now (man 5 proc: clear_refs, 5).
      if (memory === 'process') writeFileSync(`/proc/${processId}/clear_refs`, '5');
    }
    this.#sampleTrees();
    this.#timer = setInterval(() => this.#sampleTrees(), SAMPLE_INTERVAL_MS);
    // A run that failed never comes to stop(); that must not keep this process alive.
    this.#timer.unref();
  }

  /** Ends the interval and tells what each process used in it. */
  stop(): Record<Name, Usage> {
    clearInterval(this.#timer);
    this.#sampleTrees();
    const children = childrenByProcess();
    return Object.fromEntries(
      Object.entries<Metered>(this.#processes).map(([name, { processId, memory }]) => [
        name,
        {
          cpuSeconds:
            cpuSecondsOfTree(processId, children) - (this.#cpuSecondsBefore.get(name) ?? 0),
          memoryPeakBytes:
            memory === 'process'
              ? residentPeakBytes(processId)
              : (this.#treeBytesPeak.get(name) ?? 0),
        },
      ]),
    ) as Record<Name, Usage>;
  }

  #sampleTrees(): void {
    const trees = Object.entries<Metered>(this.#processes).filter(
      ([, { memory }]) => memory === 'tree',
    );
    if (trees.length === 0) return;
    const children = childrenByProcess();
    for (const [name, { processId }] of trees) {
      const bytes = sum(treeOf(processId, children).map(proportionalBytes));
      this.#treeBytesPeak.set(name, Math.max(bytes, this.#treeBytesPeak.get(name) ?? 0));
    }
  }
}

/** CPU time of a live process: its own, and that of children which it has waited for. */
interface ProcessTimes {
  parentId: number;
  cpuSeconds: number;
}

/**
 * Time of a tree that only grows: a living process counts itself, and when it has ended and been
 * waited for, the kernel adds its time to its parent's.
 */
function cpuSecondsOfTree(rootId: number, children: Map<number, number[]>): number {
  const tree = treeOf(rootId, children);
  if (readTimes(rootId) === undefined)
    throw new Error(`process ${rootId}, which is being measured, has ended`);
  return sum(tree.map((processId) => readTimes(processId)?.cpuSeconds ?? 0));
}

function treeOf(rootId: number, children: Map<number, number[]>): number[] {
  return [rootId, ...(children.get(rootId) ?? []).flatMap((childId) => treeOf(childId, children))];
}

function childrenByProcess(): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync('/proc')) {
    const processId = Number(entry);
    const parentId = Number.isInteger(processId) ? readTimes(processId)?.parentId : undefined;
    if (parentId === undefined) continue;
    const siblings = children.get(parentId);
    if (siblings) siblings.push(processId);
    else children.set(parentId, [processId]);
  }
  return children;
}

/** Reads /proc/<pid>/stat; undefined when the process has ended. */
function readTimes(processId: number): ProcessTimes | undefined {
  const stat = readProcFile(`/proc/${processId}/stat`);
  if (stat === undefined) return undefined;
  // The second field, the name, may hold spaces and brackets; after its last bracket come state
  // (field 3), parent (4), …
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const field = (number: number) => Number(fields[number - 3]);
  // utime, stime, cutime, cstime.
  const ticks = field(14) + field(15) + field(16) + field(17);
  return { parentId: field(4), cpuSeconds: ticks / TICKS_PER_SECOND };
}

function residentPeakBytes(processId: number): number {
  const status = readProcFile(`/proc/${processId}/status`);
  return kibibytes(status, 'VmHWM') * 1024;
}

function proportionalBytes(processId: number): number {
  return kibibytes(readProcFile(`/proc/${processId}/smaps_rollup`), 'Pss') * 1024;
}

/**
 * Value of a line `Name:   123 kB`; 0 for a process that ended meanwhile and for one without memory
 * of its own.
 */
function kibibytes(text: string | undefined, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text ?? '')?.[1] ?? 0);
}

/** Processes end between listing and reading: that is no error. Everything else is. */
function readProcFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (
      error instanceof Error &&
      'code' in error &&
      (error.code === 'ENOENT' || error.code === 'ESRCH')
    )
      return undefined;
    throw error;
  }
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
