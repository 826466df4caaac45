import { waitUntil } from '@overseer/local/testing';
import {
  type Bucket,
  type Bus,
  connectBus,
  createLogger,
  DASHBOARDS_BUCKET,
} from '@overseer/shared';
import {
  DASHBOARD_VERSION,
  DASHBOARDS_PATH,
  type DashboardEntry,
  type DashboardProblem,
  type StoredDashboard,
} from '../dashboards/protocol.ts';
import { type DashboardSpec, emptyDashboard } from '../model/dashboard-spec.ts';
import { graphOf } from '../model/panel-spec.ts';
import { Rig } from './rig.ts';

const DEADLINE_MS = 20_000;

export const BUCKET = { replicas: 1, bytesMax: 8 * 1024 ** 2, history: 64 } as const;

/** An answer of the API, read to its end. */
export interface Told<Data> {
  readonly status: number;
  readonly headers: Headers;
  readonly data: Data;
  readonly problem: DashboardProblem;
}

/** A frontend with a bucket for dashboards, and requests to its API. */
export class DashboardRig implements AsyncDisposable {
  private constructor(
    readonly rig: Rig,
    readonly bus: Bus,
    readonly bucket: Bucket,
  ) {}

  static async start(environment: Readonly<Record<string, string>> = {}): Promise<DashboardRig> {
    const rig = await Rig.start(environment);
    const log = createLogger('test');
    log.level = 'silent';
    const bus = await connectBus({ url: rig.nats.url, name: 'test', log });
    const bucket = await bus.bucket(DASHBOARDS_BUCKET, BUCKET);
    const dashboards = new DashboardRig(rig, bus, bucket);
    await dashboards.untilStatus('', 200);
    return dashboards;
  }

  /** Waits until the list, or another path, is answered so: anything but 503, where tokens are set. */
  async untilStatus(
    path: string,
    status: number,
    headers: Record<string, string> = {},
  ): Promise<void> {
    await waitUntil(
      async () => {
        const found = (await this.ask('GET', path, { headers })).status;
        return found === status || found === 401;
      },
      { what: `${path || 'the list'} to be answered ${status}`, deadlineMs: DEADLINE_MS },
    );
  }

  /** @param path below the path of all dashboards */
  async ask<Data = DashboardEntry>(
    method: string,
    path = '',
    {
      body,
      headers = {},
      url = this.rig.frontend.url,
    }: {
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
      readonly url?: string;
    } = {},
  ): Promise<Told<Data>> {
    const isText = typeof body === 'string';
    const response = await fetch(`${url}${DASHBOARDS_PATH}${path}`, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: isText ? body : JSON.stringify(body) }),
    });
    const answer = (await response.json()) as { readonly data: Data } & DashboardProblem;
    return {
      status: response.status,
      headers: response.headers,
      data: answer.data,
      problem: answer,
    };
  }

  list(query = ''): Promise<Told<DashboardEntry[]>> {
    return this.ask<DashboardEntry[]>('GET', query);
  }

  read(id: string, query = ''): Promise<Told<StoredDashboard>> {
    return this.ask<StoredDashboard>('GET', `/${id}${query}`);
  }

  create(spec: DashboardSpec, headers = {}): Promise<Told<DashboardEntry>> {
    return this.ask('POST', '', { body: { v: DASHBOARD_VERSION, spec }, headers });
  }

  save(
    id: string,
    spec: DashboardSpec,
    revision: number,
    headers = {},
  ): Promise<Told<DashboardEntry>> {
    const match = { 'if-match': `"${revision}"`, ...headers };
    return this.ask('PUT', `/${id}`, { body: { v: DASHBOARD_VERSION, spec }, headers: match });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.bus.close();
    } finally {
      await this.rig[Symbol.asyncDispose]();
    }
  }
}

/** A dashboard with one panel for each expression. */
export function dashboardOf(title: string, ...exprs: readonly string[]): DashboardSpec {
  const panels = exprs.map((expr, index) => ({
    id: `p${index}`,
    column: 0,
    row: index * 8,
    width: 12,
    height: 8,
    db: null,
    spec: graphOf(expr),
  }));
  return { ...emptyDashboard({ title, db: 'demo', range: '1h' }), panels };
}
