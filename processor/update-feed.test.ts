import { afterEach, expect, setDefaultTimeout, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import {
  BusUnavailableError,
  decodeUpdate,
  UPDATES_RESET_SUBJECT,
  type UpdateMessage,
  updatesSubject,
} from '@overseer/shared';
import type { Change } from './change.ts';
import { ProcessorMetrics } from './metrics.ts';
import { UpdateFeed, WINDOWS_MAX } from './update-feed.ts';

setDefaultTimeout(60_000);

const DEADLINE_MS = 30_000;

interface Sent {
  readonly subject: string;
  readonly message: UpdateMessage;
}

/** A feed with a bus that keeps what is sent. */
class TestFeed {
  readonly sent: Sent[] = [];
  readonly metrics = new ProcessorMetrics();
  isAway = false;
  epoch: number | undefined = 1;
  readonly feed = new UpdateFeed({
    bus: {
      send: (subject, payload) => {
        if (this.isAway) throw new BusUnavailableError('away');
        this.sent.push({ subject, message: decodeUpdate(payload) });
      },
    },
    metrics: this.metrics,
    source: 'test',
    epoch: () => this.epoch,
  });

  get resets(): number {
    return this.sent.filter(({ message }) => message.kind === 'reset').length;
  }

  rows(measurement: string): number {
    const subject = updatesSubject('db', measurement);
    return this.sent.reduce(
      (sum, sent) =>
        sent.subject === subject && sent.message.kind === 'update' ? sum + sent.message.rows : sum,
      0,
    );
  }

  async quiet(): Promise<void> {
    await waitUntil(() => this.feed.windows === 0, {
      what: 'the feed to have nothing more to tell',
      deadlineMs: DEADLINE_MS,
    });
  }
}

const feeds: UpdateFeed[] = [];
afterEach(() => {
  for (const feed of feeds.splice(0)) feed.stop();
});

function startFeed(): TestFeed {
  const test = new TestFeed();
  feeds.push(test.feed);
  return test;
}

const change = (measurement: string, over: Partial<Change> = {}): Change => ({
  db: 'db',
  measurement,
  ranges: [[1000, 1000]],
  rows: 1,
  lateRows: 0,
  seriesByPartition: new Map([[0, 1]]),
  seriesMax: 1,
  seriesNew: 0,
  fieldsNew: false,
  deleted: false,
  committedAtMs: Date.now(),
  ...over,
});

test('feed - the first change of a quiet measurement goes out at once', async () => {
  const { feed, sent } = startFeed();
  feed.add(change('a'));
  feed.add(change('b'));
  expect(sent.map(({ subject }) => subject)).toEqual([
    updatesSubject('db', 'a'),
    updatesSubject('db', 'b'),
  ]);
});

test('feed - what follows within the interval is one update that covers all', async () => {
  const running = startFeed();
  const { feed, sent } = running;
  feed.add(change('a'));
  feed.add(change('a', { ranges: [[500, 700]], rows: 2, seriesNew: 1 }));
  feed.add(change('a', { ranges: [[900, 2000]], rows: 4, fieldsNew: true }));
  expect(sent).toHaveLength(1);
  await running.quiet();
  expect(sent).toHaveLength(2);
  expect(sent[1]?.message).toMatchObject({
    kind: 'update',
    fromMs: 500,
    toMs: 2000,
    rows: 6,
    seriesNew: 1,
    fieldsNew: true,
  });
  expect((await running.metrics.coalesced.get()).values[0]?.value).toBe(1);
});

test('feed - a busy measurement is told of ten times a second, and nothing is left out', async () => {
  const running = startFeed();
  const startedAt = performance.now();
  let added = 0;
  await waitUntil(
    () => {
      for (let i = 0; i < 10; i++) running.feed.add(change('busy'));
      added += 10;
      return running.sent.length >= 15;
    },
    { what: 'fifteen updates', deadlineMs: DEADLINE_MS },
  );
  await running.quiet();
  const elapsedMs = performance.now() - startedAt;
  expect(running.sent.length).toBeLessThanOrEqual(1 + elapsedMs / 100);
  expect(running.rows('busy')).toBe(added);
});

test('feed - its messages are numbered over all subjects', async () => {
  const running = startFeed();
  running.feed.add(change('a'));
  running.feed.reset();
  running.feed.add(change('b'));
  expect(running.sent.map(({ message }) => message.number)).toEqual([0, 1, 2]);
  expect(new Set(running.sent.map(({ message }) => message.source)).size).toBe(1);
});

test('feed - a reset takes the place of what waited', async () => {
  const running = startFeed();
  running.feed.add(change('a'));
  running.feed.add(change('a'));
  running.feed.reset();
  await running.quiet();
  expect(running.sent.map(({ subject }) => subject)).toEqual([
    updatesSubject('db', 'a'),
    UPDATES_RESET_SUBJECT,
  ]);
});

test('feed - what waits is told when it stops', () => {
  const { feed, sent } = startFeed();
  feed.add(change('a'));
  feed.add(change('a', { rows: 7 }));
  feed.stop();
  expect(sent.map(({ message }) => message.kind === 'update' && message.rows)).toEqual([1, 7]);
});

test('feed - too many measurements at once are told by resets, one at the end too', async () => {
  const running = startFeed();
  // More at once than the limit, in one turn of the event loop: no window ends in between.
  for (let i = 0; i < WINDOWS_MAX + 10; i++) running.feed.add(change(`m${i}`));
  expect(running.sent).toHaveLength(WINDOWS_MAX + 1);
  expect(running.sent.at(-1)?.subject).toBe(UPDATES_RESET_SUBJECT);
  await waitUntil(() => running.resets === 2, {
    what: 'the reset that tells of the rest',
    deadlineMs: DEADLINE_MS,
  });
  await waitUntil(
    () => {
      running.feed.add(change('afterwards'));
      return running.rows('afterwards') > 0;
    },
    { what: 'updates after the flood', deadlineMs: DEADLINE_MS },
  );
  expect((await running.metrics.floods.get()).values[0]?.value).toBe(1);
});

test('feed - without NATS nothing is sent, and no number is used up', async () => {
  const running = startFeed();
  running.isAway = true;
  running.feed.add(change('a'));
  running.feed.reset();
  running.isAway = false;
  running.feed.reset();
  expect(running.sent.map(({ message }) => message.number)).toEqual([0]);
  expect((await running.metrics.unsent.get()).values[0]?.value).toBe(2);
});

test('feed - while another processor tells it keeps nothing, and tells what comes after', async () => {
  const running = startFeed();
  const { feed, sent } = running;
  feed.add(change('a'));
  feed.add(change('a', { rows: 10 }));
  running.epoch = undefined;
  feed.add(change('b'));
  feed.reset();
  await running.quiet();
  expect(sent).toHaveLength(1);
  running.epoch = 2;
  feed.reset();
  feed.add(change('b', { rows: 100 }));
  expect(sent.map(({ message }) => [message.epoch, message.number])).toEqual([
    [1, 0],
    [2, 1],
    [2, 2],
  ]);
  expect([running.rows('a'), running.rows('b')]).toEqual([1, 100]);
});
