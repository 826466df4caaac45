/** Linters that Debian packages: they are unpacked, not installed. Python itself has to be there for yamllint. */
import { runCommand } from '../../command.ts';
import { findProgram, ProgramMissingError } from '../../packaged-program.ts';
import { projectFolder } from '../../project.ts';

const SHELLCHECK = { name: 'shellcheck', packageName: 'shellcheck', path: 'usr/bin/shellcheck' };
const YAMLLINT = { name: 'yamllint', packageName: 'yamllint', path: 'usr/bin/yamllint' };

const PYTHON_PACKAGES = 'usr/lib/python3/dist-packages';

/** What yamllint is made of, each in a package of its own. */
const PYTHON_MODULES: Readonly<Record<string, string>> = {
  yamllint: 'yamllint',
  'python3-yaml': 'yaml',
  'python3-pathspec': 'pathspec',
};

/**
 * Runs a linter.
 * @returns what it found, one line each
 * @throws Error when it found nothing and failed all the same
 */
export type Linter = (args: readonly string[]) => Promise<string[]>;

/** @returns undefined: it neither is there nor can be fetched */
export async function findShellcheck(): Promise<Linter | undefined> {
  const program = await orUndefined(findProgram(SHELLCHECK, console.error));
  // Its settings lie in no file, so that all who read a warning see the same.
  return program === undefined
    ? undefined
    : (args) => lint([program, '--norc', '--format=gcc', ...args]);
}

/** @returns undefined: it neither is there nor can be fetched, or there is no Python */
export async function findYamllint(): Promise<Linter | undefined> {
  const installed = Bun.which(YAMLLINT.name);
  if (installed) return (args) => lint([installed, '--format=parsable', ...args]);
  const python = Bun.which('python3');
  if (python === null) return undefined;
  const folders: string[] = [];
  for (const [packageName, module] of Object.entries(PYTHON_MODULES)) {
    const path = `${PYTHON_PACKAGES}/${module}/__init__.py`;
    // Python knows no other place of them: whatever the system has of the name isn't looked for.
    const found = await orUndefined(
      findProgram({ name: packageName, packageName, path }, console.error, (name) =>
        name === 'apt-get' ? Bun.which(name) : null,
      ),
    );
    if (found === undefined) return undefined;
    folders.push(found.slice(0, -`/${module}/__init__.py`.length));
  }
  const environment = { PYTHONPATH: folders.join(':') };
  return (args) => lint([python, '-m', 'yamllint', '--format=parsable', ...args], environment);
}

async function lint(
  command: readonly string[],
  environment: Record<string, string> = {},
): Promise<string[]> {
  const { succeeded, output, errors } = await runCommand(command, {
    environment,
    folder: projectFolder,
  });
  const findings = output.split('\n').filter(Boolean);
  if (succeeded || findings.length > 0) return findings;
  throw new Error(`"${command.join(' ')}" failed: ${errors.trim()}`);
}

async function orUndefined(program: Promise<string>): Promise<string | undefined> {
  try {
    return await program;
  } catch (error) {
    if (error instanceof ProgramMissingError) return undefined;
    throw error;
  }
}
