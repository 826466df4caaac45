import { readFileSync, statSync } from 'node:fs';
import { SettingError } from '../settings.ts';
import { parseTokenLines, TokenLineError } from './token-lines.ts';
import { Tokens } from './tokens.ts';

/** Ten thousand tokens with many databases each; a larger file is another file. */
const FILE_BYTES_MAX = 8 * 1024 ** 2;

/** Where tokens come from; together, if both are there. */
export interface TokenSource {
  /** Path of a file with a token a line. */
  readonly tokensFile: string | undefined;
  /** The lines themselves. */
  readonly tokens: string | undefined;
}

/**
 * Reads all tokens.
 * @throws SettingError that names the variable and the line
 */
export function readTokens({ tokensFile, tokens }: TokenSource): Tokens {
  try {
    return new Tokens([
      ...(tokensFile === undefined ? [] : parseTokenLines(readFile(tokensFile), tokensFile)),
      ...(tokens === undefined ? [] : parseTokenLines(tokens.replaceAll(';', '\n'), 'TOKENS')),
    ]);
  } catch (error) {
    if (!(error instanceof TokenLineError)) throw error;
    throw new SettingError(`tokens: ${error.message}`, { cause: error });
  }
}

/** An empty file is refused: it is more often one that is being written, or a disk that was full, than a wish to lock everybody out. */
function readFile(path: string): string {
  try {
    const { size } = statSync(path);
    if (size > FILE_BYTES_MAX) {
      throw new SettingError(
        `TOKENS_FILE is ${path}, which has ${size} bytes; the limit is ${FILE_BYTES_MAX}`,
      );
    }
    const text = readFileSync(path, 'utf8');
    if (text.trim() !== '') return text;
    throw new SettingError(
      `TOKENS_FILE is ${path}, which is empty; a file with nothing but a comment, such as "# nobody", lets nobody in`,
    );
  } catch (cause) {
    if (cause instanceof SettingError) throw cause;
    throw new SettingError(
      `TOKENS_FILE is ${path}, which can't be read (${(cause as Error).message}); ` +
        'make it with lines of "overseer token create"',
      { cause },
    );
  }
}
