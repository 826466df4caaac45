/**
 * Gets a fresh checkout ready and then runs one of the project's scripts with Bun: `node bootstrap.mjs start`.
 *
 * Plain JavaScript without dependencies, for Node 20 and newer and for Bun: it runs before anything is installed.
 * Whatever it fetches stays in `.overseer/tools` and `node_modules`. What it says goes to standard error, so that a
 * script's output stays clean.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = dirname(fileURLToPath(import.meta.url));

/** What Bun runs, by the name in package.json's scripts. */
const scripts = {
  start: ['local/main.ts'],
  test: ['local/check/main.ts'],
  check: ['local/check/main.ts'],
  bench: ['bench/main.ts'],
  overseer: ['local/cli.ts'],
  preview: ['openshift/preview/main.ts'],
  render: ['openshift/template/main.ts'],
  format: ['node_modules/@biomejs/biome/bin/biome', 'check', '--write', '.'],
};

const [name, ...args] = process.argv.slice(2);
if (!Object.hasOwn(scripts, name ?? '')) {
  fail(`Usage: node bootstrap.mjs <script>, one of ${Object.keys(scripts).join(', ')}.`);
}
const bun = findBun() ?? installBun();
installPackages(bun);
buildWasm(bun);
buildPage(bun);
run(bun, [...scripts[name], ...args]);

/** The Bun we run under, the one on PATH, or the one installed before: the first that is new enough. */
function findBun() {
  const candidates = [process.versions.bun ? process.execPath : 'bun', ...installedBuns()];
  return candidates.find((path) => isNewEnough(readVersion(path)));
}

function pinnedVersion() {
  const { packageManager } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  return packageManager.replace('bun@', '');
}

function readVersion(path) {
  const { status, stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

function isNewEnough(version) {
  if (version === undefined) return false;
  const [have, want] = [version, pinnedVersion()].map((text) => text.split(/[.-]/).map(Number));
  const different = want.findIndex((part, index) => part !== have[index]);
  return different < 0 || have[different] > want[different];
}

function bunFolder() {
  return join(project, '.overseer', 'tools', 'bun');
}

/** The npm package `bun` brings one program for each kind of processor and C library; not all run here. */
function installedBuns() {
  const folder = join(bunFolder(), 'node_modules', '@oven');
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  return names.map((platform) => join(folder, platform, 'bin', 'bun'));
}

function installBun() {
  const version = pinnedVersion();
  say(`fetching Bun ${version} from npm into .overseer/tools (once)`);
  mkdirSync(bunFolder(), { recursive: true });
  writeFileSync(join(bunFolder(), 'package.json'), '{ "private": true }\n');
  // Without its install script, which some npm versions skip anyway: it only picks one of the programs.
  const options = [
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--no-package-lock',
    '--loglevel=error',
  ];
  must('npm', ['install', ...options, `bun@${version}`], bunFolder());
  const bun = findBun();
  if (!bun) fail(`Bun ${version} is in ${bunFolder()}, but does not run on this machine.`);
  return bun;
}

function installPackages(bun) {
  const stamp = join(project, 'node_modules', '.overseer-installed');
  const state = hash(['bun.lock', ...filesBelow('patches', '.patch')]);
  if (isCurrent(stamp, state)) return;
  say('installing packages');
  must(bun, ['install', '--frozen-lockfile'], project);
  writeFileSync(stamp, state);
}

function buildWasm(bun) {
  const sources = ['wasm/build.ts', ...filesBelow('wasm/assembly', '.ts'), 'bun.lock'];
  build('the wasm', join('wasm', 'build'), sources, () => {
    must(bun, ['wasm/build.ts', '--force'], project);
  });
}

function buildPage(bun) {
  const shared = [...filesBelow('shared', '.ts'), 'frontend/live/protocol.ts'];
  const own = ['frontend/build.ts', ...filesBelow('frontend/page')];
  build('the page', join('frontend', 'build'), [...own, ...shared, 'bun.lock'], () => {
    must(bun, ['frontend/build.ts'], project);
  });
}

/** Makes a folder unless it was made of the same sources. */
function build(what, folder, sources, make) {
  const stamp = join(project, folder, '.built');
  const state = hash(sources);
  if (isCurrent(stamp, state)) return;
  say(`building ${what}`);
  make();
  writeFileSync(stamp, state);
}

/** Files with that ending at any depth, node_modules excepted. */
function filesBelow(folder, ending = '') {
  return readdirSync(join(project, folder), { recursive: true })
    .filter((path) => path.endsWith(ending) && !path.includes('node_modules'))
    .map((path) => join(folder, path))
    .filter((path) => statSync(join(project, path)).isFile())
    .sort();
}

function hash(paths) {
  const digest = createHash('sha256');
  for (const path of paths) {
    digest
      .update(path)
      .update('\0')
      .update(readFileSync(join(project, path)));
  }
  return digest.digest('hex');
}

function isCurrent(stamp, state) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === state;
}

/** Runs a step to its end; its output goes to standard error. */
function must(command, commandArgs, folder) {
  const { status, error } = spawnSync(command, commandArgs, {
    cwd: folder,
    stdio: ['ignore', 2, 2],
  });
  if (status === 0) return;
  fail(`"${[command, ...commandArgs].join(' ')}" failed${error ? `: ${error.message}` : ''}.`);
}

/** Becomes the script, as far as anybody outside can tell: signals go to it, its end is ours. */
function run(bun, bunArgs) {
  const child = spawn(bun, bunArgs, { cwd: project, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('exit', (code, signal) => {
    if (!signal) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function say(line) {
  console.error(`overseer: ${line}`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
