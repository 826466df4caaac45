import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** While it has room: more than any run writes, and less than a machine that builds has memory. */
const ROOMY_MIB = 6 * 1024;
const PAGE_BYTES = 4096;

/** Cleans up when its input ends: also when whoever holds the other end of the pipe is killed. */
const GUARDIAN = 'cat > /dev/null; umount --lazy "$0"; rmdir "$0"';

/**
 * A file system of its own that can be full: a tmpfs whose limit is lowered. A small process beside
 * it unmounts it as soon as this one ends, however that happens; the servers on it must have been
 * stopped before.
 */
export class Disk implements AsyncDisposable {
  readonly folder: string;
  readonly #guardian: Bun.Subprocess<'pipe', 'ignore', 'ignore'>;

  private constructor(folder: string, guardian: Bun.Subprocess<'pipe', 'ignore', 'ignore'>) {
    this.folder = folder;
    this.#guardian = guardian;
  }

  /** Whether this process may mount: root can, outside of most containers. */
  static async isPossible(): Promise<boolean> {
    if (process.getuid?.() !== 0) return false;
    try {
      await using _ = await Disk.mount();
      return true;
    } catch {
      return false;
    }
  }

  /** @throws Error with what `mount` said. */
  static async mount(): Promise<Disk> {
    const folder = mkdtempSync(join(tmpdir(), `overseer-disk-${process.pid}-`));
    const guardian = Bun.spawn(['sh', '-c', GUARDIAN, folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
      // A Ctrl-C is for this process, which stops the servers first.
      detached: true,
    });
    const disk = new Disk(folder, guardian);
    try {
      await runMount(['-t', 'tmpfs', '-o', `size=${ROOMY_MIB}m,mode=755`, 'tmpfs', folder]);
      return disk;
    } catch (error) {
      await disk[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Leaves so little room, give or take what is written meanwhile. */
  async fill(bytesFree: number): Promise<void> {
    const usage = await Bun.$`df --block-size=1 --output=used ${this.folder}`.quiet().text();
    const usedBytes = Number(usage.trim().split('\n').at(-1));
    const bytes = Math.ceil((usedBytes + bytesFree) / PAGE_BYTES) * PAGE_BYTES;
    await runMount(['-o', `remount,size=${bytes}`, this.folder]);
  }

  /** Makes room again. */
  async free(): Promise<void> {
    await runMount(['-o', `remount,size=${ROOMY_MIB}m`, this.folder]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#guardian.stdin.end();
    await this.#guardian.exited;
  }
}

async function runMount(options: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await Bun.$`mount ${options}`.quiet().nothrow();
  if (exitCode !== 0) throw new Error(`mount ${options.join(' ')}: ${stderr.toString().trim()}`);
}
