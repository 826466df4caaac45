import { describe, expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectFolder } from '@overseer/local/project';
import { down } from './preview/commands/down.ts';
import { list } from './preview/commands/list.ts';
import { logs } from './preview/commands/logs.ts';
import { status } from './preview/commands/status.ts';
import { sweep } from './preview/commands/sweep.ts';
import { up } from './preview/commands/up.ts';
import {
  type KubernetesObject,
  parseAssignment,
  parseParameterFile,
  readTemplate,
  renderTemplate,
  TEMPLATE_NAMES,
} from './template/mod.ts';

const COMMANDS = { up, down, status, logs, list, sweep } as const;
const PAGES = ['docs/openshift.md', 'openshift/README.md'] as const;
const WORKFLOWS = join(projectFolder, '.github', 'workflows');

/** Given where a template has no default for it. */
const PREVIEW = {
  PROJECT: 'overseer-pr-1',
  PULL_REQUEST: '1',
  COMMIT: 'abc',
  EXPIRES_AT: '2026-11-25T10:00:00Z',
  EXPIRES: '2026-11-25T10-00-00Z',
  IMAGE: 'overseer:1',
};

const read = (path: string) => readFileSync(join(projectFolder, path), 'utf8');
const pages = [
  ...PAGES.map((path) => ({ path, text: read(path) })),
  { path: 'README.md', text: sectionOf(read('README.md'), 'On OpenShift') },
];

/** Every command of the shell blocks, what a pipe hands on by itself, as words. */
const commands = pages.flatMap(({ text }) =>
  [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
    .flatMap(([, block = '']) => block.replaceAll('\\\n', ' ').split(/\n|\|(?= (?:oc|kubectl))/))
    .map((line) => line.trim().split(/\s+/))
    .filter((words) => words.length > 1),
);

/** Values of an option that may be there several times, as `-p A=1` or `--param-file=a`. */
function valuesOf(words: readonly string[], ...names: readonly string[]): string[] {
  return words.flatMap((word, index) => {
    if (names.includes(word)) return [words[index + 1] ?? ''];
    const name = names.find((each) => word.startsWith(`${each}=`));
    return name === undefined ? [] : [word.slice(name.length + 1)];
  });
}

/** What `oc process` would make of them. */
function processTemplate(words: readonly string[]): KubernetesObject[] {
  const [file = ''] = valuesOf(words, '-f');
  const template = readTemplate(
    TEMPLATE_NAMES.find((name) => file === `openshift/templates/${name}.yaml`) as never,
  );
  const known = new Set(template.parameters.map(({ name }) => name));
  const filed = valuesOf(words, '--param-file')
    .flatMap((path) => Object.entries(parseParameterFile(read(path), path)))
    .filter(([name]) => known.has(name) || !words.includes('--ignore-unknown-parameters'));
  const given = valuesOf(words, '-p').map((text) => parseAssignment(text));
  return renderTemplate(template, Object.fromEntries([...filed, ...given]));
}

const objects = TEMPLATE_NAMES.flatMap((name) => {
  const template = readTemplate(name);
  const known = template.parameters.map((parameter) => parameter.name);
  const given = Object.entries(PREVIEW).filter(([key]) => known.includes(key));
  return renderTemplate(template, Object.fromEntries(given));
});

describe('commands in the documentation', () => {
  test('oc process - is given what its template asks for', () => {
    const processing = commands.filter(([program, verb]) => program === 'oc' && verb === 'process');
    expect(processing.length).toBeGreaterThan(5);
    for (const words of processing) {
      expect(processTemplate(words).length, words.join(' ')).toBeGreaterThan(0);
    }
  });

  test('preview - has these verbs and options', () => {
    const previews = commands.filter((words) => words.join(' ').includes('npm run -s preview -- '));
    expect(previews.length).toBeGreaterThan(5);
    for (const words of previews) {
      const [verb = '', ...args] = words.slice(words.indexOf('--') + 1);
      const command = COMMANDS[verb as keyof typeof COMMANDS];
      expect(command, verb).toBeDefined();
      for (const option of args.filter((word) => word.startsWith('-'))) {
        expect(command.usage, `${verb} ${option}`).toContain(option);
      }
    }
  });

  test('render - renders', () => {
    const rendering = commands.filter((words) => words.join(' ').startsWith('npm run -s render '));
    expect(rendering.length).toBeGreaterThan(0);
    for (const words of rendering) {
      const args = words.slice(words.indexOf('--') + 1);
      const { stdout, stderr, success } = Bun.spawnSync(
        [process.execPath, 'openshift/template/main.ts', ...args],
        { cwd: projectFolder },
      );
      expect(stderr.toString()).toBe('');
      expect(success).toBe(true);
      expect(JSON.parse(stdout.toString()).items.length).toBeGreaterThan(0);
    }
  });

  test('objects - are in the templates', () => {
    const made = new Set(
      objects.map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}`),
    );
    // Made by the documentation's own commands, or by an operator.
    const others = ['secret/overseer-database', 'namespace/overseer-pr-12'];
    const lines = commands.map((words) => words.join(' '));
    const named = lines.flatMap((line) => [
      ...[...line.matchAll(/\b((?:deployment|statefulset)\/[\w-]+)/g)].map(([, name = '']) => name),
      ...[...line.matchAll(/\b(secret|namespace) (?:generic )?(overseer[\w-]+)/g)].map(
        ([, kind, name]) => `${kind}/${name}`,
      ),
    ]);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !made.has(name) && !others.includes(name))).toEqual([]);
  });
});

describe('words in the documentation', () => {
  const parameters = new Set(
    TEMPLATE_NAMES.flatMap((name) => readTemplate(name).parameters.map((each) => each.name)),
  );
  const workflows = readdirSync(WORKFLOWS)
    .map((name) => readFileSync(join(WORKFLOWS, name), 'utf8'))
    .join('\n');

  test('graces - are those of the templates', () => {
    const text = read('docs/openshift.md').replaceAll('\n', ' ');
    const [, services, nats] = /has (\d+) seconds\. A server of NATS has (\d+)/.exec(text) ?? [];
    const graces = (path: string) => [
      ...new Set(read(path).match(/(?<=terminationGracePeriodSeconds: )\d+/g)),
    ];
    expect(graces('openshift/templates/overseer.yaml')).toEqual([services ?? '']);
    expect(graces('openshift/templates/nats.yaml')).toEqual([nats ?? '']);
  });

  test('names in capitals - are parameters, settings or variables of workflows', () => {
    const settings = new Set(
      [...read('README.md').matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name),
    );
    // BuildKit's own, and the image's.
    const others = [
      'GIT_AUTH_TOKEN',
      ...(read('openshift/Containerfile').match(/(?<=^ARG )\w+/gm) ?? []),
    ];
    const named = pages.flatMap(
      ({ text }) => text.match(/(?<=`)[A-Z][A-Z0-9]*_[A-Z0-9_]*[A-Z0-9](?=`)/g) ?? [],
    );
    expect(named.length).toBeGreaterThan(10);
    const unknown = named.filter(
      (name) =>
        !parameters.has(name) &&
        !settings.has(name) &&
        !others.includes(name) &&
        !workflows.includes(`.${name} }}`),
    );
    expect(unknown).toEqual([]);
  });

  test('variables and secrets of workflows - are all told', () => {
    const used = [...workflows.matchAll(/\b(?:vars|secrets)\.(\w+)/g)].map(([, name = '']) => name);
    expect(used.length).toBeGreaterThan(3);
    const told = read('docs/openshift.md');
    expect(used.filter((name) => !told.includes(`| \`${name}\` |`))).toEqual([]);
  });

  test('links - lead somewhere', () => {
    for (const { path, text } of pages) {
      for (const [, target = ''] of text.matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
        const [file = '', anchor] = target.split('#');
        const linked = file === '' ? path : join(dirname(path), file);
        expect(existsSync(join(projectFolder, linked)), `${path}: ${target}`).toBe(true);
        if (anchor !== undefined) expect(anchorsOf(linked), `${path}: ${target}`).toContain(anchor);
      }
    }
  });
});

function sectionOf(text: string, title: string): string {
  const section = text.split(/^## /m).find((each) => each.startsWith(`${title}\n`));
  if (section === undefined) throw new Error(`README.md has no section "${title}".`);
  return section;
}

/** As GitHub makes them of titles. */
function anchorsOf(path: string): string[] {
  return Array.from(read(path).matchAll(/^#+ (.*)$/gm), ([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );
}
