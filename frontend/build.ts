/**
 * Builds the page: `bun frontend/build.ts` makes `frontend/build/index.html` and `frontend/build/assets/`, where every name has a
 * hash of the content, and beside everything its `.gz`.
 */
import { rename, rm } from 'node:fs/promises';
import { basename, extname, join, normalize, resolve } from 'node:path';

/** JavaScript that a browser must load before it can draw a chart, compressed. */
const FIRST_LOAD_BYTES_MAX = 100_000;

const PAGE = join(import.meta.dir, 'page');
const BUILD = join(import.meta.dir, 'build');
const TEMPLATE = 'index.html';
/** What the template refers to, as it does so. */
const SCRIPT = './main.tsx';
const STYLE = './styles/page.css';
const ICON = './icon.svg';
const HASHED_NAME = 'assets/[name]-[hash].[ext]';

interface Asset {
  /** Beneath the build's folder. */
  readonly path: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly compressed: Uint8Array<ArrayBuffer>;
  /** Loaded before the first chart can be drawn. */
  readonly isFirst: boolean;
}

/**
 * Builds the page.
 * @param folder to be made or replaced
 * @throws Error when the sources can't be built, or the page has outgrown its budget
 */
export async function buildPage(folder: string): Promise<void> {
  const bundled = await bundle();
  const icon = await hashedAsset(join(PAGE, ICON));
  const page = asset(TEMPLATE, await linkAssets([...bundled, icon]), true);
  const assets = [page, ...bundled, icon];
  printSizes(assets);
  const firstBytes = bundled
    .filter(({ path, isFirst }) => isFirst && path.endsWith('.js'))
    .reduce((sum, { compressed }) => sum + compressed.length, 0);
  if (firstBytes > FIRST_LOAD_BYTES_MAX) {
    throw new Error(
      `${firstBytes} bytes of compressed JavaScript come before the first chart, more than ` +
        `${FIRST_LOAD_BYTES_MAX}: load something later, by import(), or do without it.`,
    );
  }
  await replaceFolder(folder, assets);
}

/** Script and style, in as many files as `import()` asks for. */
async function bundle(): Promise<Asset[]> {
  const entries = [join(PAGE, SCRIPT), join(PAGE, STYLE)];
  const { outputs, metafile } = await Bun.build({
    entrypoints: entries,
    target: 'browser',
    minify: true,
    splitting: true,
    metafile: true,
    define: { 'process.env.NODE_ENV': '"production"' },
    naming: { entry: HASHED_NAME, chunk: HASHED_NAME, asset: HASHED_NAME },
  });
  if (!metafile) throw new Error('Bun tells nothing about what it bundled.');
  const first = new Set<string>();
  for (const [path, { entryPoint }] of Object.entries(metafile.outputs)) {
    // What `import()` asks for is an entry point to Bun, too.
    const isAsked = entryPoint && entries.includes(resolve(entryPoint));
    if (isAsked) addWithImports(path, metafile.outputs, first);
  }
  return await Promise.all(
    outputs.map(async (output) =>
      asset(
        normalize(output.path),
        new Uint8Array(await output.arrayBuffer()),
        first.has(output.path),
      ),
    ),
  );
}

/** Adds an output and what it imports statically, directly or not. */
function addWithImports(
  path: string,
  outputs: Bun.BuildMetafile['outputs'],
  found: Set<string>,
): void {
  if (found.has(path)) return;
  found.add(path);
  for (const { path: imported, kind } of outputs[path]?.imports ?? []) {
    if (kind !== 'dynamic-import') addWithImports(imported, outputs, found);
  }
}

async function hashedAsset(file: string): Promise<Asset> {
  const bytes = await Bun.file(file).bytes();
  const hash = Bun.hash(bytes).toString(36).slice(0, 8);
  const extension = extname(file);
  return asset(`assets/${basename(file, extension)}-${hash}${extension}`, bytes, false);
}

function asset(path: string, bytes: Uint8Array<ArrayBuffer>, isFirst: boolean): Asset {
  return { path, bytes, compressed: Bun.gzipSync(bytes, { level: 9 }), isFirst };
}

/** The template with the addresses of what was built. */
async function linkAssets(assets: readonly Asset[]): Promise<Uint8Array<ArrayBuffer>> {
  let html = await Bun.file(join(PAGE, TEMPLATE)).text();
  for (const [reference, kind] of [
    [SCRIPT, '.js'],
    [STYLE, '.css'],
    [ICON, '.svg'],
  ] as const) {
    const name = basename(reference, extname(reference));
    const target = assets.find(
      ({ path }) => basename(path).startsWith(`${name}-`) && path.endsWith(kind),
    );
    if (!target || !html.includes(`"${reference}"`)) {
      throw new Error(`${TEMPLATE} and the build don't agree about ${reference}.`);
    }
    html = html.replace(`"${reference}"`, `"/${target.path}"`);
  }
  return new TextEncoder().encode(html);
}

function printSizes(assets: readonly Asset[]): void {
  for (const { path, bytes, compressed, isFirst } of assets) {
    const kilobytes = (size: number) => `${(size / 1000).toFixed(1)} kB`;
    const sizes = `${kilobytes(bytes.length)}, ${kilobytes(compressed.length)} compressed`;
    console.log(`built ${path}: ${sizes}${isFirst ? '' : ', later'}`);
  }
}

/** Written beside and moved: a server that starts meanwhile finds all of one build. */
async function replaceFolder(folder: string, assets: readonly Asset[]): Promise<void> {
  const unfinished = `${folder}-${process.pid}`;
  for (const { path, bytes, compressed } of assets) {
    await Bun.write(join(unfinished, path), bytes);
    await Bun.write(join(unfinished, `${path}.gz`), compressed);
  }
  await rm(folder, { recursive: true, force: true });
  await rename(unfinished, folder);
}

if (import.meta.main) {
  try {
    await buildPage(BUILD);
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
}
