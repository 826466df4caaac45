/**
 * Who may import what.
 *
 * Read by a regular expression, which the formatter makes exact: every import starts its line, in one form of
 * quotes. Bun's own scanner forgets imports of types, and TypeScript 7 has no programming interface yet, which
 * rules out dependency-cruiser. Cycles are found by Biome (noImportCycles).
 */
import { dirname, join } from 'node:path';
import type { SourceFile } from './sources.ts';

/** The packages of the project, and those that each may use. A service knows no other service. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  shared: [],
  wasm: ['shared'],
  ingress: ['shared', 'wasm'],
  store: ['shared', 'wasm'],
  processor: ['shared'],
  frontend: ['shared'],
  collector: ['shared'],
  // Of the services just their settings, for the table in the README.
  local: ['shared', 'ingress', 'processor', 'store', 'frontend', 'collector'],
  // Of the frontend just the protocol of its live socket, which is what a page would speak; of the store the benchmarks of its kernels.
  bench: ['shared', 'wasm', 'local', 'frontend', 'store'],
  faults: ['shared', 'wasm', 'local', 'bench'],
  // Of the services just their settings, for what the templates set.
  openshift: ['shared', 'local', 'ingress', 'processor', 'store', 'frontend', 'collector'],
};

/** Tests, and what they share in folders named testing, may start real servers besides. */
const TEST_PACKAGES: readonly string[] = ['local'];

/**
 * Packages from outside that stay in one place (a folder, or one within it), so that replacing one is a day's work. A name with a slash at its end
 * means all of a scope.
 */
const CONFINED: Readonly<Record<string, readonly string[]>> = {
  nats: ['shared'],
  '@msgpack/msgpack': ['shared', 'frontend'],
  postgres: ['store', 'local', 'bench', 'faults'],
  '@elysiajs/opentelemetry': ['shared/tracing'],
  '@opentelemetry/': ['shared/tracing'],
};

/** Of these, one module does all the work. */
const ONE_MODULE: readonly string[] = ['nats'];

const IMPORT = /^(?:import|export)\s(?:[^;']*?\sfrom\s)?'([^']+)'|\bimport\('([^']+)'\)/gm;

/** What a module imports, statically, dynamically, or for its types alone. */
export function findImports(text: string): string[] {
  return [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? '');
}

/** @returns one line for each import that breaks a rule */
export function checkImports(files: readonly SourceFile[]): string[] {
  const modules = files.filter(({ path }) => /\.tsx?$/.test(path));
  const imports = modules.flatMap(({ path, text }) =>
    findImports(text).map((specifier) => ({ path, specifier })),
  );
  const broken = imports.flatMap(({ path, specifier }) => {
    const reason = whyForbidden(path, specifier);
    return reason ? [`${path} imports ${specifier}: ${reason}`] : [];
  });
  for (const specifier of ONE_MODULE) {
    const importers = imports.filter((found) => found.specifier === specifier);
    if (importers.length > 1) {
      const paths = importers.map(({ path }) => path).join(', ');
      broken.push(`${specifier} is imported by ${paths}: only one module may`);
    }
  }
  return broken;
}

function whyForbidden(path: string, specifier: string): string | undefined {
  const [folder = ''] = path.split('/', 1);
  const isTest = path.endsWith('.test.ts') || path.includes('/testing/');
  if (specifier.startsWith('.')) {
    const target = join(dirname(path), specifier);
    if (!target.startsWith(`${folder}/`)) return 'it leaves its package; use the package name';
    if (/(^|\/)main\.ts$/.test(target)) return 'main.ts is wiring, nobody builds on it';
    return undefined;
  }
  const used = /^@overseer\/([^/]+)/.exec(specifier)?.[1];
  if (used !== undefined) {
    const allowed = [...(PACKAGES[folder] ?? []), ...(isTest ? TEST_PACKAGES : [])];
    return allowed.includes(used) ? undefined : `${folder} may use ${allowed.join(', ') || 'none'}`;
  }
  const places = CONFINED[specifier] ?? CONFINED[`${specifier.split('/', 1)[0]}/`];
  if (places?.every((place) => !path.startsWith(`${place}/`))) {
    return `only ${places.join(', ')} may`;
  }
  return undefined;
}
