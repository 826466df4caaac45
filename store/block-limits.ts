import { type Block, DATABASE_NAME_BYTES_MAX, NAME_BYTES_MAX } from '@overseer/shared';

/**
 * Why a block is beyond what ingress lets in, if it is. What reaches the stream some other way must not get further than its dead letter:
 * PostgreSQL has no NUL, and no index for very long names. (Empty ones are no batch; columns and widths of rows PostgreSQL bounds itself.)
 */
export function beyondLimits(block: Block): string | undefined {
  return (
    problemOf('database', block.database, DATABASE_NAME_BYTES_MAX) ??
    problemOf('measurement', block.measurement, NAME_BYTES_MAX) ??
    block.fields
      .map(({ name }) => problemOf('field', name, NAME_BYTES_MAX))
      .find((problem) => problem !== undefined)
  );
}

function problemOf(what: string, name: string, bytesMax: number): string | undefined {
  const bytes = Buffer.byteLength(name);
  if (bytes > bytesMax) return `the name of a ${what} has ${bytes} bytes, the limit is ${bytesMax}`;
  return name.includes('\0') ? `the name of a ${what} has a NUL` : undefined;
}
