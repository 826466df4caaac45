/** PostgreSQL refuses to run as root. This finds a way to run it all the same, or says that there is none. */
import { readFileSync, statSync } from 'node:fs';
import { runCommand } from './command.ts';

export interface UnprivilegedWay {
  /** Put before the command. The process id stays that of the command started. */
  readonly prefix: readonly string[];
  /** Who must own the files it writes; undefined: whoever we are. */
  readonly owner?: Account;
  /** What the user should be told. */
  readonly notice?: string;
}

interface Account {
  readonly name: string;
  readonly userId: number;
  readonly groupId: number;
}

/**
 * Finds how to run a program that refuses root.
 *
 * An ordinary user runs it as it is. Root runs it in a user namespace, where root's files seem to belong to
 * an ordinary user: outside of it nothing changes, and the files stay root's. Where namespaces are forbidden
 * (as in many containers) an unprivileged account that can enter the folders runs it, and owns its files.
 *
 * @param folders that the program must be able to enter
 * @param namespacesAllowed false: don't try namespaces (for tests)
 * @throws Error saying what to do, when there is no way
 */
export async function findUnprivilegedWay(
  folders: readonly string[],
  namespacesAllowed = true,
): Promise<UnprivilegedWay> {
  if (process.getuid?.() !== 0) return { prefix: [] };
  const accounts = readAccounts().filter((account) => account.userId !== 0);
  // PostgreSQL looks its user's name up, so the user inside has to be one of /etc/passwd; which one is of no matter.
  const inside = accounts.find((account) => account.name === 'nobody') ?? accounts[0];
  if (inside && namespacesAllowed) {
    const prefix = [
      'unshare',
      '--user',
      `--map-user=${inside.userId}`,
      `--map-group=${inside.groupId}`,
      '--',
    ];
    if (await canEnter(prefix, folders)) return { prefix };
  }
  const folderOwners = new Set(folders.map((folder) => statSync(folder).uid));
  const candidates = accounts.filter(
    ({ name, userId }) => folderOwners.has(userId) || name === 'postgres' || name === 'nobody',
  );
  for (const owner of candidates) {
    const prefix = [
      'setpriv',
      `--reuid=${owner.userId}`,
      `--regid=${owner.groupId}`,
      '--clear-groups',
      '--',
    ];
    if (await canEnter(prefix, folders)) {
      const notice =
        `PostgreSQL refuses to run as root and user namespaces are not allowed here, so it runs as the ` +
        `user "${owner.name}", who will own its data folder.`;
      return { prefix, owner, notice };
    }
  }
  throw new Error(
    `PostgreSQL refuses to run as root. A user namespace would do, but none can be made here, and no ` +
      `unprivileged account (tried: ${candidates.map(({ name }) => name).join(', ')}) can enter ` +
      `${folders.join(' and ')}. Start Overseer as an ordinary user, or let others enter the folders above ` +
      `(chmod o+x), or set DATABASE_URL to a PostgreSQL of your own.`,
  );
}

async function canEnter(prefix: readonly string[], folders: readonly string[]): Promise<boolean> {
  for (const folder of folders) {
    if (!(await runCommand([...prefix, 'test', '-x', folder])).succeeded) return false;
  }
  return true;
}

function readAccounts(): Account[] {
  const lines = readFileSync('/etc/passwd', 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [name = '', , userId, groupId] = line.split(':');
    return { name, userId: Number(userId), groupId: Number(groupId) };
  });
}
