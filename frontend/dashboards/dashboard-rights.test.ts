import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder, waitUntil } from '@overseer/local/testing';
import {
  createToken,
  digestOfToken,
  formatTokenLine,
  type Right,
  TokenGrant,
} from '@overseer/shared/access';
import { DashboardRig, dashboardOf } from '../testing/dashboard-rig.ts';
import { TestPage } from '../testing/test-page.ts';
import type { DashboardEntry } from './protocol.ts';

setDefaultTimeout(60_000);

/** Who may do what with which database. */
const PEOPLE = {
  editor: [
    ['read', 'write'],
    ['demo', 'other'],
  ],
  reader: [['read'], ['demo']],
  writer: [['write'], ['demo']],
  stranger: [['read', 'write'], ['elsewhere']],
} as const satisfies Record<string, readonly [readonly Right[], readonly string[]]>;
type Person = keyof typeof PEOPLE;

const names = Object.keys(PEOPLE) as Person[];
const tokens = Object.fromEntries(names.map((name) => [name, createToken()])) as Record<
  Person,
  string
>;
const as = (name: Person) => ({ authorization: `Bearer ${tokens[name]}` });

let folder: string;
let rig: DashboardRig;

beforeAll(async () => {
  folder = temporaryFolder();
  const lines = names.map((name) => {
    const [rights, databases] = PEOPLE[name];
    const digest = digestOfToken(tokens[name]);
    return formatTokenLine(new TokenGrant(name, digest, new Set(rights), new Set(databases)));
  });
  const file = join(folder, 'tokens');
  writeFileSync(file, lines.join('\n'));
  rig = await DashboardRig.start({ TOKENS_FILE: file });
  await waitUntil(
    async () => (await rig.ask('GET', '', { headers: as('reader') })).status === 200,
    {
      what: 'the bucket to be read',
      deadlineMs: 20_000,
    },
  );
});

afterAll(async () => {
  await rig?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

test('a dashboard - is seen by who may read its database, and changed by who may write to it', async () => {
  const { data } = await rig.create(dashboardOf('Ours'), as('editor'));
  expect(data).toMatchObject({ savedBy: 'editor', canSave: true });
  const statuses = async (method: string, body?: unknown) =>
    await Promise.all(
      names.map(async (name) => {
        const headers = { ...as(name), 'if-match': '"999999"' };
        return (await rig.ask(method, `/${data.id}`, { headers, body })).status;
      }),
    );
  expect(await statuses('GET')).toEqual([200, 200, 403, 403]);
  // The revision is wrong: those who come to that may save.
  expect(await statuses('PUT', { v: 1, spec: dashboardOf('Ours') })).toEqual([412, 403, 412, 403]);
  expect(await statuses('DELETE')).toEqual([412, 403, 412, 403]);
  expect((await rig.ask('GET', `/${data.id}`)).status).toBe(401);
});

test('the list - has what one may read, and says what one may save', async () => {
  const { data } = await rig.create(dashboardOf('Listed'), as('editor'));
  const seen = async (name: Person) => {
    const list = await rig.ask<DashboardEntry[]>('GET', '', { headers: as(name) });
    return list.data.find(({ id }) => id === data.id)?.canSave;
  };
  expect(await Promise.all(names.map(seen))).toEqual([true, false, undefined, undefined]);
});

test('a conflict - tells what there is to those who may read it', async () => {
  const { data } = await rig.create(dashboardOf('Disputed'), as('editor'));
  const late = (name: Person) => rig.save(data.id, dashboardOf('Late'), 1, as(name));
  expect((await late('editor')).problem.current?.title).toBe('Disputed');
  expect((await late('writer')).problem.current).toBeUndefined();
});

test('a dashboard that moves to another database - needs the right to write to both', async () => {
  const { data } = await rig.create(dashboardOf('Moving'), as('editor'));
  const moved = (db: string) => ({ ...dashboardOf('Moving'), db });
  expect((await rig.save(data.id, moved('elsewhere'), data.revision, as('editor'))).status).toBe(
    403,
  );
  expect((await rig.save(data.id, moved('elsewhere'), data.revision, as('stranger'))).status).toBe(
    403,
  );
  const done = await rig.save(data.id, moved('other'), data.revision, as('editor'));
  expect(done.data.db).toBe('other');
  // What it was is of a database that the reader may read; what it is, is not.
  const old = await rig.ask('GET', `/${data.id}?revision=${data.revision}`, {
    headers: as('reader'),
  });
  expect(old.status).toBe(200);
  expect((await rig.ask('GET', `/${data.id}/history`, { headers: as('reader') })).status).toBe(403);
});

test('pages - hear of dashboards that they may read, and of no others', async () => {
  const { url } = rig.rig.frontend;
  const reader = await TestPage.open(url, as('reader'));
  const stranger = await TestPage.open(url, as('stranger'));
  const heard = ({ messages }: TestPage) =>
    messages.flatMap((message) => (message.kind === 'dashboard' ? [message.id] : []));
  try {
    const ours = await rig.create(dashboardOf('Ours'), as('editor'));
    const theirs = await rig.create({ ...dashboardOf('Theirs'), db: 'elsewhere' }, as('stranger'));
    await stranger.until('the stranger to hear', () => heard(stranger).includes(theirs.data.id));
    await reader.until('the reader to hear', () => heard(reader).includes(ours.data.id));
    expect(heard(stranger)).not.toContain(ours.data.id);
    expect(heard(reader)).not.toContain(theirs.data.id);
  } finally {
    reader.close();
    stranger.close();
  }
});
