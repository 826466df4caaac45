/** Builds the wasm modules: `bun wasm/build.ts [--force]`. What is newer than its sources stays. */
import { mkdir, readdir, rename, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import asc from 'assemblyscript/asc';

/** Most memory that any module may ever have, in pages of 64 KiB: 1 GiB. */
const MEMORY_PAGES_MAX = 16_384;

interface Module {
  readonly name: string;
  /** Folder of its index.ts; modules share what lies beside these folders. */
  readonly folder: string;
}

const HERE = import.meta.dir;
const ASSEMBLY = join(HERE, 'assembly');
const BUILD = join(HERE, 'build');

const MODULES: readonly Module[] = [
  { name: 'parser', folder: join(ASSEMBLY, 'parser') },
  { name: 'rows', folder: join(ASSEMBLY, 'rows') },
];

/** Compiles optimized for speed, without a garbage collector: the modules manage their memory themselves. */
const FLAGS = [
  '--optimizeLevel=3',
  '--shrinkLevel=0',
  '--converge',
  '--noAssert',
  '--enable=simd',
  '--runtime=stub',
  `--maximumMemory=${MEMORY_PAGES_MAX}`,
];

/**
 * Builds the modules whose sources, or this program, are newer than what was built.
 * @param force builds all
 * @throws Error with what the compiler says
 */
export async function buildModules(force: boolean): Promise<void> {
  await mkdir(BUILD, { recursive: true });
  for (const module of MODULES) {
    const target = join(BUILD, `${module.name}.wasm`);
    if (!force && (await isUpToDate(target, module))) continue;
    await compile(module, target);
    console.log(`built ${relative(process.cwd(), target)}`);
  }
}

async function compile(module: Module, target: string): Promise<void> {
  // Written beside and moved: whoever reads meanwhile gets a whole module.
  const unfinished = `${target}.${process.pid}`;
  const source = relative(HERE, join(module.folder, 'index.ts'));
  const { error, stderr } = await asc.main([
    source,
    `--baseDir=${HERE}`,
    `--outFile=${relative(HERE, unfinished)}`,
    ...FLAGS,
  ]);
  if (error) {
    throw new Error(`${module.name}.wasm can't be built\n${stderr.toString()}`, { cause: error });
  }
  await rename(unfinished, target);
}

async function isUpToDate(target: string, module: Module): Promise<boolean> {
  const built = await modifiedAt(target);
  const sources = await sourcesOf(module);
  const times = await Promise.all(sources.map(modifiedAt));
  return times.every((time) => time < built);
}

/** What a module is made of, as far as it may change: its folder, what modules share, this program. */
async function sourcesOf(module: Module): Promise<string[]> {
  const shared = await readdir(ASSEMBLY, { withFileTypes: true });
  const own = await readdir(module.folder, { recursive: true });
  return [
    import.meta.path,
    ...shared.filter((entry) => entry.isFile()).map((entry) => join(ASSEMBLY, entry.name)),
    ...own.map((name) => join(module.folder, name)),
  ];
}

/** Milliseconds since 1970; 0 when the file is not there. */
async function modifiedAt(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

if (import.meta.main) {
  try {
    await buildModules(process.argv.includes('--force'));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
