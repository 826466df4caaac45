/**
 * Programs out of a newer release of Debian (or its kin), unpacked into a folder of ours.
 *
 * apt works in a state of its own: it reads the system's package sources and proxies, and neither needs root nor
 * changes anything of the system.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { mustRun } from './command.ts';
import { withFileLock } from './file-lock.ts';

export interface Distribution {
  readonly family: 'debian' | 'ubuntu';
  /** The suite's name in the package sources: "bookworm". */
  readonly suite: string;
}

/** @returns which distribution /etc/os-release names; undefined: none with apt that we know */
export function readDistribution(osRelease: string): Distribution | undefined {
  const values = new Map<string, string>();
  for (const line of osRelease.split('\n')) {
    const separator = line.indexOf('=');
    if (separator > 0) {
      values.set(line.slice(0, separator), line.slice(separator + 1).replace(/^["']|["']$/g, ''));
    }
  }
  const kin = [values.get('ID'), ...(values.get('ID_LIKE') ?? '').split(' ')];
  const ubuntuSuite = values.get('UBUNTU_CODENAME');
  if (kin.includes('ubuntu') && ubuntuSuite) return { family: 'ubuntu', suite: ubuntuSuite };
  const debianSuite = values.get('DEBIAN_CODENAME') ?? values.get('VERSION_CODENAME');
  if (kin.includes('debian') && debianSuite) return { family: 'debian', suite: debianSuite };
  return undefined;
}

/**
 * The package sources of one suite, made of those of another: the entries for exactly that suite (not its
 * updates, which the other may lack), with the name replaced and all else, such as keys and mirrors, as it was.
 *
 * @param files text by file name; `.sources` in the deb822 format, `.list` with one entry a line
 */
export function replaceSuite(
  files: Readonly<Record<string, string>>,
  from: string,
  to: string,
): Record<string, string> {
  const replaced = Object.entries(files).map(([name, text]): [string, string] => {
    const entries = name.endsWith('.sources')
      ? text.split(/\n\s*\n/).flatMap((paragraph) => replaceInParagraph(paragraph, from, to))
      : text.split('\n').flatMap((line) => replaceInLine(line, from, to));
    return [name, entries.length === 0 ? '' : `${entries.join('\n\n')}\n`];
  });
  return Object.fromEntries(replaced.filter(([, text]) => text !== ''));
}

function replaceInParagraph(paragraph: string, from: string, to: string): string[] {
  const suites = /^Suites:(.*)$/im.exec(paragraph);
  if (!suites?.[1]?.trim().split(/\s+/).includes(from)) return [];
  return [paragraph.trim().replace(suites[0], `Suites: ${to}`)];
}

function replaceInLine(line: string, from: string, to: string): string[] {
  const entry = /^deb\s+(\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.*)$/.exec(line.trim());
  if (entry?.[3] !== from) return [];
  return [`deb ${entry[1] ?? ''}${entry[2]} ${to} ${entry[4]}`];
}

/**
 * Downloads a package of the given suite and unpacks it, unless it is there: of several processes that want it at once, one does.
 * @param folder where the unpacked files will lie, all of them or none; apt's own state lies beside it meanwhile
 * @throws Error with apt's own words
 */
export function unpackPackage(
  packageName: string,
  suite: string,
  distribution: Distribution,
  folder: string,
): Promise<void> {
  return unpackPackages([packageName], suite, distribution, folder);
}

/** Like {@link unpackPackage}, of several packages into one folder, without what they depend on. */
export async function unpackPackages(
  packageNames: readonly string[],
  suite: string,
  distribution: Distribution,
  folder: string,
): Promise<void> {
  const command = ['download', ...packageNames];
  await unpackOnce({ command, suite, distribution, folder, wants: () => true });
}

/**
 * Like {@link unpackPackage}, of packages with all that they depend on: a root file system in which nothing was configured.
 * @param wants which of them to unpack, by their names
 */
export async function unpackWithDependencies(
  packageNames: readonly string[],
  suite: string,
  distribution: Distribution,
  folder: string,
  wants: (packageName: string) => boolean,
): Promise<void> {
  const install = ['install', '--download-only', '--no-install-recommends', '--yes'];
  const command = [...install, ...packageNames];
  await unpackOnce({ command, suite, distribution, folder, wants });
}

interface Unpacking {
  /** Of apt-get; leaves packages. */
  readonly command: readonly string[];
  readonly suite: string;
  readonly distribution: Distribution;
  readonly folder: string;
  readonly wants: (packageName: string) => boolean;
}

async function unpackOnce(unpacking: Unpacking): Promise<void> {
  const { folder } = unpacking;
  await withFileLock(`${folder}.lock`, async () => {
    if (!existsSync(folder)) await fetchPackages(unpacking);
  });
}

async function fetchPackages({
  command,
  suite,
  distribution,
  folder,
  wants,
}: Unpacking): Promise<void> {
  const state = mkdtempSync(`${folder}.`);
  try {
    for (const name of ['lists/partial', 'archives/partial', 'sources', 'parts', 'package']) {
      mkdirSync(join(state, name), { recursive: true });
    }
    const sources = replaceSuite(readSystemSources(), distribution.suite, suite);
    if (Object.keys(sources).length === 0) {
      throw new Error(`The system's package sources have no entry for "${distribution.suite}".`);
    }
    for (const [name, text] of Object.entries(sources)) {
      writeFileSync(join(state, 'sources', name), text);
    }
    writeFileSync(join(state, 'status'), '');
    writeFileSync(join(state, 'apt.conf'), await privateConfiguration(state));
    const archives = join(state, 'archives');
    // What is downloaded lands in the working folder, what is installed in that of archives.
    const options = { environment: { APT_CONFIG: join(state, 'apt.conf') }, folder: archives };
    await mustRun(['apt-get', '--quiet', 'update'], options);
    await mustRun(['apt-get', '--quiet', ...command], options);
    // Such as "libc6_2.36-9_amd64.deb".
    const found = readdirSync(archives).filter((name) => name.endsWith('.deb'));
    if (found.length === 0) throw new Error(`apt-get ${command.join(' ')} left no package.`);
    for (const name of found.filter((file) => wants(file.slice(0, file.indexOf('_'))))) {
      await mustRun(['dpkg-deb', '--extract', join(archives, name), join(state, 'package')]);
    }
    renameSync(join(state, 'package'), folder);
  } finally {
    rmSync(state, { recursive: true });
  }
}

function readSystemSources(): Record<string, string> {
  const folder = '/etc/apt/sources.list.d';
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const paths = names.map((name) => join(folder, name));
  const wanted = ['/etc/apt/sources.list', ...paths].filter(
    (path) => /\.(list|sources)$/.test(path) && existsSync(path),
  );
  return Object.fromEntries(
    wanted.map((path) => [path.slice(path.lastIndexOf('/') + 1), readFileSync(path, 'utf8')]),
  );
}

/** How the system reaches its sources (proxies, certificates), and every path in our folder. */
async function privateConfiguration(state: string): Promise<string> {
  const system = await mustRun(['apt-config', 'dump']);
  const acquire = system.split('\n').filter((line) => line.startsWith('Acquire'));
  const own = {
    'Dir::State': state,
    'Dir::State::lists': join(state, 'lists'),
    'Dir::State::status': join(state, 'status'),
    'Dir::Cache': state,
    'Dir::Cache::archives': join(state, 'archives'),
    'Dir::Etc::sourcelist': '/dev/null',
    'Dir::Etc::sourceparts': join(state, 'sources'),
    // Without the system's hooks, which may clear the system's caches.
    'Dir::Etc::parts': join(state, 'parts'),
    'Dir::Etc::main': '/dev/null',
    'Dir::Etc::preferences': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'Dir::Log': state,
    // apt's own account for downloads may not enter our folder.
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
  };
  const settings = Object.entries(own).map(([name, value]) => `${name} "${value}";`);
  return `${[...acquire, ...settings].join('\n')}\n`;
}
