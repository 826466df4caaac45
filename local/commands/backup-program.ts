/** Runs the store's program for backups, which alone knows what lies in PostgreSQL, and shows how far it is. */
import { join } from 'node:path';
import { eachLine } from '../lines.ts';
import { projectFolder } from '../project.ts';
import { Progress } from '../terminal/progress.ts';
import { CommandError, InterruptedError } from './command.ts';

const MAIN = join(projectFolder, 'store', 'backup', 'main.ts');

export interface BackupCall {
  readonly action: 'backup' | 'restore' | 'replace' | 'verify' | 'return-dashboards';
  readonly path: string;
  /** Not needed to verify, nor for dashboards. */
  readonly databaseUrl?: string;
  /** Where dashboards are; a backup that is made without it has none. */
  readonly natsUrl?: string | undefined;
  /** What the bar says. */
  readonly label: string;
  readonly format: (amount: number) => string;
  readonly signal: AbortSignal;
}

/** A line of its standard output. */
type Told =
  | { readonly done: number; readonly total: number }
  | { readonly summary: unknown }
  | { readonly error: string };

/**
 * @returns its summary
 * @throws CommandError with its words
 */
export async function runBackupProgram<Summary>(call: BackupCall): Promise<Summary> {
  const { action, path, databaseUrl, natsUrl, label, format, signal } = call;
  const options = action === 'backup' && natsUrl === undefined ? ['--no-dashboards'] : [];
  const child = Bun.spawn([process.execPath, MAIN, action, path, ...options], {
    // In the environment: the command line can be read by everybody on the machine.
    env: {
      ...process.env,
      ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
      ...(natsUrl !== undefined && { NATS_URL: natsUrl }),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const end = () => child.kill('SIGTERM');
  signal.addEventListener('abort', end);
  let summary: unknown;
  let failure: string | undefined;
  let progress: Progress | undefined;
  try {
    await eachLine(child.stdout, (line) => {
      const told = toldBy(line);
      if (!told) console.error(line);
      else if ('summary' in told) summary = told.summary;
      else if ('error' in told) failure = told.error;
      // Nothing is known yet of how much there is.
      else if (told.total > 0) {
        progress ??= new Progress({ label, total: told.total, format });
        progress.update(told.done);
      }
    });
    await child.exited;
  } finally {
    progress?.[Symbol.dispose]();
    signal.removeEventListener('abort', end);
    child.kill();
  }
  if (signal.aborted) throw new InterruptedError('Interrupted.');
  if (failure !== undefined) throw new CommandError(`${failure}.`);
  if (summary === undefined) throw new CommandError('The program for backups failed; see above.');
  return summary as Summary;
}

/** Undefined for a line of its log. */
function toldBy(line: string): Told | undefined {
  if (!/^\{"(done|summary|error)":/.test(line)) return undefined;
  return JSON.parse(line) as Told;
}
