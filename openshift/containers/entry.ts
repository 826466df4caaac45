/** Where the image begins: becomes the service that the first word of the command names. */
import { constants } from 'node:os';
import { join, resolve } from 'node:path';

/** Modules by the word of the command, within the project. */
const MODULES: Readonly<Record<string, string>> = {
  ingress: 'ingress/main.ts',
  processor: 'processor/main.ts',
  store: 'store/main.ts',
  frontend: 'frontend/main.ts',
  collector: 'collector/main.ts',
  overseer: 'local/cli.ts',
};

/** Called in a wrong way, as the command line has it. */
const EXIT_USAGE = 2;
/** As a shell says it of a program that a signal has ended. */
const EXIT_SIGNAL_BASE = 128;

const [name = ''] = process.argv.splice(2, 1);
const module = Object.hasOwn(MODULES, name) ? MODULES[name] : undefined;
if (module === undefined) {
  const names = Object.keys(MODULES).join(', ');
  console.error(`The image has no "${name}"; the command begins with one of ${names}.`);
  process.exit(EXIT_USAGE);
}

// The kernel keeps a signal from process 1 as long as that has no handler for it. A container that is told to end while its service
// is being loaded, before that listens for signals, would hang until it is killed.
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    if (process.listenerCount(signal) === 0) {
      process.exit(EXIT_SIGNAL_BASE + constants.signals[signal]);
    }
  });
}

await import(join(resolve(import.meta.dir, '../..'), module));
