/** `overseer token`: makes tokens. Nothing else ever knows one: the services have its hash alone. */
import { parseArgs } from 'node:util';
import {
  createToken,
  digestOfToken,
  formatTokenLine,
  parseDatabases,
  parseName,
  parseRights,
  TokenGrant,
  TokenLineError,
} from '@overseer/shared/access';
import { type Command, UsageError } from './command.ts';

export const token: Command = {
  summary: 'make a token for an agent or a person',
  usage: `overseer token create --name <name> --databases <databases> --rights <rights>

Prints a new token, which is shown this one time, and the line that allows it. Put the line into the
file that TOKENS_FILE names, for ingress and the frontend; they read it again by themselves.

--name       who it is for; two tokens have two names
--databases  such as host,demo; * means all. A space or one of ,;=#% in a name is written as %XX
--rights     read, write or read,write`,

  async run([action, ...args]) {
    if (action !== 'create') throw new UsageError(`The action is missing: ${token.usage}`);
    const secret = createToken();
    const grant = readGrant(args, digestOfToken(secret));
    console.log(`token: ${secret}\nline:  ${formatTokenLine(grant)}`);
    return 0;
  },
};

/** @throws UsageError */
function readGrant(args: readonly string[], digest: Buffer): TokenGrant {
  const { values } = parseArgs({
    args: [...args],
    options: {
      name: { type: 'string' },
      databases: { type: 'string' },
      rights: { type: 'string' },
    },
  });
  const required = (option: keyof typeof values): string => {
    const value = values[option];
    if (value !== undefined) return value;
    throw new UsageError(`--${option} is missing.\n\n${token.usage}`);
  };
  try {
    return new TokenGrant(
      parseName(required('name')),
      digest,
      parseRights(required('rights')),
      parseDatabases(required('databases')),
    );
  } catch (error) {
    if (!(error instanceof TokenLineError)) throw error;
    throw new UsageError(`${error.message}.`, { cause: error });
  }
}
