import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { hasChromium, Link, TestBrowser, TestOverseer, waitUntil } from '@overseer/local/testing';
import { type Bus, connectBus, createLogger, DASHBOARDS_BUCKET } from '@overseer/shared';
import { DASHBOARD_VERSION, type DashboardEntry } from '../dashboards/protocol.ts';
import { type DashboardSpec, emptyDashboard } from '../model/dashboard-spec.ts';
import { graphOf } from '../model/panel-spec.ts';
import { formatFrame } from '../model/time-frame.ts';
import { layoutShiftsOf } from './testing/layout-shifts.ts';
import { DEADLINE_MS, OpenPage } from './testing/open-page.ts';
import { nanoseconds, writeLines } from './testing/write-lines.ts';

const DB = 'bad';
/** More than a page draws, in one answer. */
const SERIES_COUNT = 10_000;
const DRAWN_SERIES = '5,000 series';
const QUERY_TIMEOUT_MS = 1500;
/** What browsers say of each request that had no good answer; nobody can keep them from it. */
const REQUEST_FAILED = /^Failed to load resource: |^WebSocket connection to '[^']+' failed/;

const NOT_UP_TO_DATE = /^Not up to date: .* · trying again … · drawn \d+ s ago$/;

let overseer: TestOverseer;
let browser: TestBrowser;
/** Of the test; measurements are not shared. */
let metric = '';
let testCount = 0;

/** Writes now, and again for as long as nothing takes it: what was away needs a moment to be back. */
async function write(value: number): Promise<void> {
  const line = `${metric} value=${value} ${nanoseconds(Date.now())}\n`;
  await waitUntil(
    () =>
      writeLines(overseer.ingressUrl, DB, line).then(
        () => true,
        () => false,
      ),
    { what: `${value} to be acknowledged`, deadlineMs: DEADLINE_MS },
  );
}

interface PatientOptions {
  readonly path?: string;
  /** Of the frontend, or of what is before it. */
  readonly url?: string;
  /** Of the dashboard at the path. */
  readonly panelId?: string;
}

/** A page with a chart that works, and what must stay as it is while something else does not. */
class Patient implements AsyncDisposable {
  #place: unknown;
  /** Another expression was drawn, which has a title of its own. */
  #isOther = false;

  private constructor(
    readonly opened: OpenPage,
    private readonly panelId: string | undefined,
  ) {}

  static async open({
    path = `/?db=${DB}&expr=${metric}`,
    url = overseer.frontendUrl,
    panelId,
  }: PatientOptions = {}): Promise<Patient> {
    await write(1);
    const patient = new Patient(await OpenPage.open(browser, url, path), panelId);
    await patient.shows(1);
    // The catalogue tells it, some seconds after the point; none comes while what is there is away.
    await patient.opened.part('age').first().waitFor();
    await patient.opened.page.evaluate('globalThis.isSamePage = true');
    patient.#place = await patient.opened.part('chart').boundingBox();
    expect(patient.opened.problems).toEqual([]);
    return patient;
  }

  shows(value: number | undefined): Promise<unknown> {
    return waitUntil(async () => (await this.opened.newestValue(this.panelId)) === value, {
      what: `${value} to be drawn`,
      deadlineMs: DEADLINE_MS,
    });
  }

  /** Waits until a part says so. @param name as in `OpenPage.part` */
  async says(name: string, words: RegExp): Promise<void> {
    const part = this.opened.part(name);
    let said: string | null | undefined;
    await waitUntil(
      async () => {
        said = (await part.count()) > 0 ? await part.first().textContent() : undefined;
        return words.test(said ?? '');
      },
      { what: `${name} to say ${words}`, deadlineMs: DEADLINE_MS },
    ).catch(() => expect(said, name).toMatch(words));
  }

  async draw(expr: string): Promise<void> {
    this.#isOther = true;
    await this.opened.fillExpression(expr);
    await this.opened.part('expression').press('Enter');
  }

  /** Nothing says that anything is wrong, and the page is the one that was opened. */
  async isWell(): Promise<void> {
    for (const name of ['banner', 'error']) {
      await this.opened.part(name).waitFor({ state: 'detached' });
    }
    await this.hasKept();
    expect(await this.opened.page.evaluate('globalThis.isSamePage')).toBe(true);
  }

  /** The chart is where it was, nothing has jumped since the first paint, and the console has nothing but what browsers say by themselves. */
  async hasKept(): Promise<void> {
    expect(await this.opened.part('chart').boundingBox()).toEqual(this.#place as never);
    expect(this.opened.problems.filter((text) => !REQUEST_FAILED.test(text))).toEqual([]);
    if (!this.#isOther) expect(await layoutShiftsOf(this.opened.page)).toEqual([]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.opened[Symbol.asyncDispose]();
  }
}

/** While `action` runs nobody can read the points of the metric: a query for them takes as long as one likes. */
async function withLockedPoints(action: () => Promise<void>): Promise<void> {
  await using database = new Bun.SQL(overseer.databaseUrl);
  const [row] = await database`SELECT id FROM overseer.measurements WHERE name = ${metric}`;
  await database.begin(async (transaction) => {
    await transaction.unsafe(`LOCK TABLE points.m${row.id} IN ACCESS EXCLUSIVE MODE`);
    await action();
  });
}

/** How many series of a metric there are now. */
async function answeredCount(of: string): Promise<number> {
  const parameters = new URLSearchParams({ db: DB, query: `count(${of})` });
  const response = await fetch(`${overseer.frontendUrl}/api/v1/query?${parameters}`);
  const { data } = (await response.json()) as {
    data?: { result: { value: [seconds: number, value: string] }[] };
  };
  return Number(data?.result[0]?.value[1]);
}

async function createDashboard(spec: DashboardSpec): Promise<string> {
  const response = await fetch(`${overseer.frontendUrl}/api/v1/dashboards`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ v: DASHBOARD_VERSION, spec }),
  });
  expect(response.status).toBe(201);
  return ((await response.json()) as { data: DashboardEntry }).data.id;
}

const placed = (expr: string) => ({
  ...{ id: 'only', column: 0, row: 0, width: 24, height: 8, db: null, spec: graphOf(expr) },
});

describe.skipIf(!(await hasChromium()))('bad states', () => {
  beforeAll(async () => {
    const environment = { QUERY_TIMEOUT: `${QUERY_TIMEOUT_MS}ms` };
    [overseer, browser] = await Promise.all([
      TestOverseer.start({ environment }),
      TestBrowser.start(),
    ]);
  });
  beforeEach(() => {
    metric = `metric_${testCount++}`;
  });
  afterAll(async () => {
    await browser?.stop();
    await overseer?.stop();
  });

  test.each(['store', 'nats'] as const)(
    'the %s is away - the chart stays and tells its age, and goes on when it is back',
    async (name) => {
      await using patient = await Patient.open();
      await overseer.processes[name].kill('SIGKILL');
      try {
        await patient.says('banner', NOT_UP_TO_DATE);
        if (name === 'store') await patient.says('banner', /the store does not answer; what is wr/);
        await patient.says('age', /^newest sample \d+ s ago$/);
        await patient.shows(1);
        await patient.hasKept();
      } finally {
        await overseer.processes[name].restart();
      }
      await write(2);
      await patient.shows(2);
      await patient.isWell();
    },
  );

  test('a query that takes too long, of a live chart - it stays, and goes on when it is quick again', async () => {
    await using patient = await Patient.open();
    await withLockedPoints(async () => {
      await patient.says('banner', NOT_UP_TO_DATE);
      await patient.shows(1);
      await patient.hasKept();
    });
    await write(2);
    await patient.shows(2);
    await patient.isWell();
  });

  test('a query that takes too long, of a fixed time - what was got stays, and is got again', async () => {
    const [fromMs, toMs] = [Date.now() - 60_000, Date.now() + 600_000];
    const path = `/?db=${DB}&expr=${metric}&range=${formatFrame({ kind: 'fixed', fromMs, toMs })}`;
    await using patient = await Patient.open({ path });
    await withLockedPoints(async () => {
      await patient.says('banner', /^Not up to date: .* · trying again …$/);
      await patient.shows(1);
      await patient.hasKept();
    });
    await write(2);
    await patient.shows(2);
    await patient.isWell();
  });

  test('a WebSocket that is silent, then cut - the chart says so, stays, and goes on', async () => {
    await using link = await Link.start(Number(new URL(overseer.frontendUrl).port));
    await using patient = await Patient.open({ url: `http://127.0.0.1:${link.port}` });
    const connection = patient.opened.part('connection');
    link.silence();
    await patient.says('connection', /^reconnecting$/);
    await patient.says('banner', /^The connection is lost: .* · trying again … · drawn \d+ s ago$/);
    await patient.shows(1);
    await patient.hasKept();
    link.heal();
    await write(2);
    await patient.shows(2);
    await patient.isWell();
    link.cut();
    await write(3);
    await patient.shows(3);
    await patient.says('connection', /^live$/);
    expect(await connection.getAttribute('data-state')).toBe('live');
    await patient.isWell();
  });

  test('10,000 series - live they are refused with words, of a fixed time those that are left out are counted', async () => {
    await using patient = await Patient.open();
    const { page, problems } = patient.opened;
    const many = `${metric}_many`;
    const time = nanoseconds(Date.now());
    const lines = Array.from(
      { length: SERIES_COUNT },
      (_, index) => `${many},host=h${index} value=${index} ${time}\n`,
    );
    await writeLines(overseer.ingressUrl, DB, lines.join(''));
    // A chart of the first ones would stay, as one that is not up to date.
    await waitUntil(async () => (await answeredCount(many)) === SERIES_COUNT, {
      what: 'all series to be stored',
      deadlineMs: DEADLINE_MS,
    });
    await patient.draw(many);
    await patient.says('error', /^Too much for one chart.*choose fewer series.*Trying again …$/s);
    await patient.hasKept();
    await patient.draw(`topk(3, ${many})`);
    await waitUntil(async () => (await patient.opened.series()).length === 3, {
      what: 'three series',
      deadlineMs: DEADLINE_MS,
    });
    await patient.isWell();

    const [fromMs, toMs] = [Date.now() - 60_000, Date.now() + 1000];
    await page.goto(
      `${overseer.frontendUrl}/?db=${DB}&expr=${many}&range=${formatFrame({ kind: 'fixed', fromMs, toMs })}`,
    );
    await page.getByText(DRAWN_SERIES, { exact: true }).waitFor();
    await page.getByText(`${DRAWN_SERIES} are not drawn`).waitFor();
    await patient.draw(metric);
    await waitUntil(async () => (await patient.opened.series()).length === 1, {
      what: 'one series',
      deadlineMs: DEADLINE_MS,
    });
    expect(problems).toEqual([]);
  });

  test('a dashboard that can’t be read - who has it open keeps it, others are told, and see it once it is repaired', async () => {
    const empty = emptyDashboard({ title: 'Room', db: DB, range: '5m' });
    const spec = { ...empty, panels: [placed(metric)] };
    const id = await createDashboard(spec);
    const log = createLogger('test');
    log.level = 'silent';
    await using disposing = new AsyncDisposableStack();
    const bus = disposing.adopt(
      await connectBus({ url: overseer.natsUrl, name: 'test', log }),
      (opened: Bus) => opened.close(),
    );
    const bucket = await bus.bucket(DASHBOARDS_BUCKET);
    const good = await bucket.get(id);
    await using patient = await Patient.open({ path: `/d/${id}`, panelId: 'only' });
    await bucket.put(id, new TextEncoder().encode('{"v":1,"spec":'));
    await using other = await OpenPage.open(browser, overseer.frontendUrl, `/d/${id}`);
    await other.part('dashboard-failure').waitFor();
    expect(await other.part('dashboard-failure').textContent()).toMatch(/can’t be shown/);
    await write(2);
    await patient.shows(2);
    await bucket.put(id, good?.value ?? new Uint8Array());
    await other.part('chart').waitFor();
    expect(other.problems.filter((text) => !REQUEST_FAILED.test(text))).toEqual([]);
    expect(await patient.opened.page.evaluate('globalThis.isSamePage')).toBe(true);
  });

  test('a dashboard is opened while NATS is away - it says why, and comes by itself', async () => {
    const empty = emptyDashboard({ title: 'Room', db: DB, range: '5m' });
    const spec = { ...empty, panels: [placed(metric)] };
    const id = await createDashboard(spec);
    await overseer.processes.nats.kill('SIGKILL');
    await using opened = await OpenPage.open(browser, overseer.frontendUrl, `/d/${id}`);
    await using list = await OpenPage.open(browser, overseer.frontendUrl, '/dashboards');
    await opened.part('dashboard-failure').waitFor();
    await list.part('list-failure').waitFor();
    expect(await list.part('list-failure').textContent()).toMatch(/NATS.*trying again/);
    await overseer.processes.nats.restart();
    await opened.part('chart').waitFor();
    await list.part(`dashboard:${id}`).waitFor();
    expect(await list.part('list-failure').count()).toBe(0);
  });
});
