import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDistribution, unpackPackage } from '@overseer/local/apt';
import { toolsFolder } from '@overseer/local/project';

/** The process looks at its offset again after so long. */
const FOLLOWS_WITHIN_S = 1;

/**
 * The system clock that one process sees. It runs as the real one does, some seconds off; monotonic
 * clocks and timers are the real ones. By libfaketime, which puts itself before the C library:
 * nats-server, which asks the kernel itself, can't be deceived.
 */
export class Clock {
  readonly #library: string;
  readonly #file: string;

  /** @param file of its own; holds the offset. */
  constructor(library: string, file: string) {
    this.#library = library;
    this.#file = file;
    this.set(0);
  }

  /** What a process needs in its environment to see this clock. */
  get environment(): Record<string, string> {
    return {
      LD_PRELOAD: this.#library,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      FAKETIME_CACHE_DURATION: String(FOLLOWS_WITHIN_S),
      // Each process has its own; none hands it on by shared memory.
      FAKETIME_DISABLE_SHM: '1',
    };
  }

  /** @param offsetSeconds how far the clock is ahead of the real one, or behind when negative. */
  set(offsetSeconds: number): void {
    writeFileSync(this.#file, `${offsetSeconds < 0 ? '' : '+'}${offsetSeconds}\n`);
  }
}

/**
 * Finds libfaketime: the system's, else one unpacked from the system's packages.
 * @throws Error that says why there is none.
 */
export async function findFakeTime(): Promise<string> {
  const folders = ['lib/x86_64-linux-gnu', 'lib/aarch64-linux-gnu', 'lib'];
  const unpacked = join(toolsFolder, 'libfaketime');
  const places = ['/usr', join(unpacked, 'usr')].flatMap((root) =>
    folders.map((folder) => join(root, folder, 'faketime', 'libfaketime.so.1')),
  );
  const found = () => places.find((path) => existsSync(path));
  if (found() === undefined) {
    const distribution = existsSync('/etc/os-release')
      ? readDistribution(readFileSync('/etc/os-release', 'utf8'))
      : undefined;
    if (!distribution) throw new Error('libfaketime is not installed, and there is no apt to ask');
    await unpackPackage('libfaketime', distribution.suite, distribution, unpacked);
  }
  const path = found();
  if (path === undefined) throw new Error(`the package libfaketime has none of ${places}`);
  return path;
}
