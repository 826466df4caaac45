import { expect, setDefaultTimeout, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import { AnswerError, type CatalogueMeasurement } from '@overseer/shared';
import { catalogueMeasurement, type ToldMeasurement } from '../testing/catalogue-measurement.ts';
import { Rig } from '../testing/rig.ts';

setDefaultTimeout(60_000);

const DEADLINE_MS = 20_000;

const measurement = (db: string, change: Partial<ToldMeasurement> = {}) =>
  catalogueMeasurement({
    db,
    name: 'cpu',
    fields: [{ name: 'value', type: 'float' }],
    tagKeys: ['host'],
    newestMs: 1000,
    ...change,
  });

test('catalogue - that changes without a word is noticed, database by database', async () => {
  await using rig = await Rig.start({}, { catalogueIntervalMs: 20 });
  const asked = () => rig.store.questions.filter(({ kind }) => kind === 'catalogue.get').length;
  const have = (databases: string[], ...measurements: CatalogueMeasurement[]) => {
    rig.store.answers.set('catalogue.get', {
      parts: [
        { kind: 'catalogue', databases, measurements: measurements.slice(0, 1) },
        { kind: 'catalogue', measurements: measurements.slice(1) },
      ],
    });
  };
  have(['a', 'b'], measurement('a'), measurement('b'));
  expect(asked()).toBe(0);
  const page = await rig.openPage();
  // The first was compared when the second is asked for.
  await page.until('two looks', () => asked() >= 2);
  const news: string[] = [];
  const told = async (what: string, ...databases: string[]) => {
    const isNews = () => page.messages.filter(({ kind }) => kind === 'catalogue');
    await page.until(`news of ${what}`, () => isNews().length >= news.length + databases.length);
    news.push(...databases);
    expect(isNews().map((message) => 'db' in message && message.db)).toEqual(news);
  };
  const later = { newestMs: 2000, lastWriteMs: 3000 };
  have(['a', 'b'], measurement('a', later), measurement('b', { tagKeys: ['host', 'zone'] }));
  await told('a tag, but not of times', 'b');
  const field = { name: 'idle', type: 'integer' } as const;
  have(
    ['a', 'b', 'c'],
    measurement('a', { fields: [field] }),
    measurement('b', { seriesCount: 2 }),
  );
  await told('a field, series and a database', 'a', 'b', 'c');
  rig.store.failures.set('catalogue.get', new AnswerError('unavailable', 'come again'));
  await waitUntil(() => rig.frontend.metric('live_catalogue_checks_total', 'unavailable'), {
    what: 'a look that fails',
    deadlineMs: DEADLINE_MS,
  });
  have(['a', 'c'], measurement('a', { fields: [field] }));
  rig.store.failures.clear();
  await told('a database that is gone', 'b');
  page.close();
  await waitUntil(() => rig.frontend.frontend.live.levels.sockets === 0, {
    what: 'the page to be gone',
    deadlineMs: DEADLINE_MS,
  });
  const before = asked();
  for (let i = 0; i < 100; i++) await rig.frontend.get('/health');
  expect(asked()).toBeLessThanOrEqual(before + 1);
});
