import type { BackupHead } from './format.ts';
import { BackupReader } from './reader.ts';

export interface VerifySummary {
  readonly head: BackupHead;
  readonly sections: number;
  /** Of the content, not compressed. */
  readonly contentBytes: number;
}

/**
 * Reads a backup to its end and checks every byte of it.
 * @param onProgress told of bytes of the file that are done, of all
 * @throws BackupFormatError that says where it is damaged
 */
export function verifyBackup(
  path: string,
  onProgress: (done: number, total: number) => void,
): VerifySummary {
  using reader = new BackupReader(path);
  let sections = 0;
  let contentBytes = 0;
  for (const { content } of reader.sections()) {
    sections++;
    for (const chunk of content()) {
      contentBytes += chunk.length;
      onProgress(reader.bytes, reader.size);
    }
  }
  return { head: reader.head, sections, contentBytes };
}
