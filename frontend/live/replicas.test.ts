import { expect, setDefaultTimeout, test } from 'bun:test';
import { type Service, startService, TestOverseer, waitUntil } from '@overseer/local/testing';
import {
  type Bus,
  connectBus,
  createLogger,
  decodeUpdate,
  UPDATES_SUBJECT,
} from '@overseer/shared';
import { type TestChart, TestPage } from '../testing/test-page.ts';

setDefaultTimeout(240_000);

const DEADLINE_MS = 60_000;
/** How far back the page shows, and points are written. */
const RANGE_S = 100;

const lastSecond = () => Math.floor(Date.now() / 1000);

/** Writes a point of some second of the last minutes, again and again, and keeps the last value of each. */
class Writer {
  readonly written = new Map<number, number>();
  #value = 0;

  constructor(private readonly ingressUrl: string) {}

  async writeUntil(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    await waitUntil(
      async () => {
        await this.#write(lastSecond() - Math.floor(Math.random() * RANGE_S), ++this.#value);
        return condition();
      },
      { what, deadlineMs: DEADLINE_MS },
    );
  }

  async #write(second: number, value: number): Promise<void> {
    const body = `load value=${value} ${second}`;
    const answer = await fetch(`${this.ingressUrl}/write?db=test&precision=s`, {
      method: 'POST',
      body,
    });
    if (answer.status !== 204) throw new Error(await answer.text());
    this.written.set(second, value);
  }
}

/** Counts what is told, as another program would. */
class Counter {
  doubled = 0;
  outdated = 0;
  updates = 0;
  epoch = 0;
  readonly #heard = new Set<string>();

  constructor(bus: Bus) {
    bus.listen(UPDATES_SUBJECT, ({ payload }) => {
      const { epoch, source, number, kind } = decodeUpdate(payload);
      const identity = `${epoch} ${source} ${number}`;
      if (this.#heard.has(identity)) this.doubled++;
      this.#heard.add(identity);
      if (epoch < this.epoch) this.outdated++;
      this.epoch = Math.max(this.epoch, epoch);
      if (kind === 'update') this.updates++;
    });
  }
}

async function leads({ url }: Service): Promise<boolean> {
  const body = await fetch(`${url}/ready`).then((answer) => answer.json());
  return (body as { leader: boolean }).leader;
}

/** Steps that the page shows otherwise than they were written. */
function differences(chart: TestChart, written: ReadonlyMap<number, number>): number[] {
  const shown = chart.values();
  // Older ones leave the window while they are compared.
  const steps = Array.from({ length: RANGE_S - 10 }, (_, i) => lastSecond() - i);
  return steps.filter((step) => shown.get(step) !== written.get(step));
}

test('replicas - a page shows each step as it was written, whichever processor dies or sleeps', async () => {
  await using overseer = await TestOverseer.start({ environment: { LOG_LEVEL: 'warn' } });
  const environment = { NATS_URL: overseer.natsUrl, LOG_LEVEL: 'warn' };
  await using second = await startService('processor', environment);
  const first = overseer.processes.processor;
  const log = createLogger('test');
  const bus = await connectBus({ url: overseer.natsUrl, name: 'counter', log });
  try {
    const counter = new Counter(bus);
    await bus.flush();
    const writer = new Writer(overseer.ingressUrl);
    const page = await TestPage.open(overseer.frontendUrl);
    const chart = page.subscribe(1, 'last_over_time(load[1s])', { rangeMs: RANGE_S * 1000 });
    const untilShown = () =>
      waitUntil(() => differences(chart, writer.written).length === 0, {
        what: `the page to show what was written (${overseer.describe()})`,
        deadlineMs: DEADLINE_MS,
      });
    const untilTold = (updates: number) =>
      writer.writeUntil(() => counter.updates >= updates, `${updates} updates`);
    const untilTakenOver = async (harm: () => Promise<void>) => {
      const { epoch, updates } = counter;
      await harm();
      await writer.writeUntil(() => counter.epoch > epoch, 'the other processor to tell');
      await untilTold(updates + 5);
      await untilShown();
    };
    await untilTold(10);
    await untilShown();
    expect([await leads(first), await leads(second)]).toEqual([true, false]);
    await untilTakenOver(() => first.kill('SIGKILL'));
    await first.restart();
    await untilTakenOver(() => second.kill('SIGSTOP'));
    await second.kill('SIGCONT');
    await writer.writeUntil(async () => !(await leads(second)), 'the woken processor to follow');
    // What it had under way when it was stopped may have come after all; nothing comes any more.
    const { outdated } = counter;
    await untilTold(counter.updates + 10);
    await untilShown();
    expect(await leads(first)).toBe(true);
    expect([counter.doubled, counter.outdated]).toEqual([0, outdated]);
    page.close();
  } finally {
    await bus.close();
  }
});
