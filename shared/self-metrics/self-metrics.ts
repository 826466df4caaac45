import { readFile } from 'node:fs/promises';
import { isLoopback } from '../access/exposure.ts';
import { formatLine } from '../line-protocol.ts';
import { type Logger, withoutSecrets } from '../log.ts';
import { Meter } from '../meter.ts';
import type { Counter, Metrics, MetricsJson } from '../metrics.ts';
import { SYSTEM_DATABASE } from '../system-database.ts';
import { SelfPoints } from './self-points.ts';
import type { SelfMetricsSettings } from './settings.ts';

/** A write that takes longer is given up: the next one has newer figures. */
const WRITE_TIMEOUT_MS = 5000;
/** Writes that fail in a row before it is said: the first may be of a start, or of a restart of ingress. */
const FAILURES_UNSAID = 2;
const REASON_LENGTH_MAX = 300;
/** A token that ingress refuses is shown again after the interval, then after twice as long each time, up to this. */
const REFUSED_PAUSE_MAX_MS = 300_000;

/** Ingress takes nothing with this token, or without one; the same will be so a moment later. */
class TokenRefusedError extends Error {
  override name = 'TokenRefusedError';
}

/** A token, or having none, that was refused. */
interface Refused {
  readonly token: string | undefined;
  readonly error: TokenRefusedError;
  readonly pauseMs: number;
  /** By `performance.now()`. */
  readonly until: number;
}

export interface SelfMetricsOptions {
  readonly service: string;
  /** Which of several such services this is: {@link instanceName}. */
  readonly instance: string;
  /** Where what becomes of the writes is counted. */
  readonly registry: Metrics;
  /** Asked before each write; that of `registry` alone when it is left out. */
  readonly read?: (() => Promise<readonly MetricsJson[]>) | undefined;
  /** Of ingress: where it is reached itself, which it writes to unless told otherwise. */
  readonly ownUrl?: string;
  readonly log: Logger;
}

/** Writing that can be ended. */
export interface SelfMetrics {
  /** Ends a write under way. */
  stop(): Promise<void>;
}

/**
 * Writes the metrics of a service into the database `_overseer`, once an interval, as any client would: the figures of one moment, in one
 * request. What can't be written is left out and counted; nothing is kept and nothing is sent again, so that an ingress that is slow or
 * away never gets more of it. A token that is refused is shown ever less often, as each time counts as a refused request there. Each write has the series of the one before, whatever became of that, and those that have counted since.
 */
export function startSelfMetrics(
  settings: SelfMetricsSettings,
  options: SelfMetricsOptions,
): SelfMetrics {
  if (settings.selfMetrics === 'off') return { stop: () => Promise.resolve() };
  return new SelfMetricsWriter(settings, options);
}

class SelfMetricsWriter implements SelfMetrics {
  readonly #settings: SelfMetricsSettings;
  readonly #options: SelfMetricsOptions;
  readonly #points: SelfPoints;
  readonly #writeUrl: string;
  readonly #isOwn: boolean;
  readonly #writtenLines: Counter;
  readonly #droppedLines: Counter;
  readonly #failedWrites: Counter;
  readonly #stopping = new AbortController();
  #timer: Timer | undefined;
  #writing: Promise<void> = Promise.resolve();
  #failuresInARow = 0;
  #refused: Refused | undefined;

  constructor(settings: SelfMetricsSettings, options: SelfMetricsOptions) {
    this.#settings = settings;
    this.#options = options;
    this.#points = new SelfPoints(options.service, options.instance);
    const { selfMetricsUrl = options.ownUrl ?? settings.ingressUrl } = settings;
    const url = new URL('/write', selfMetricsUrl);
    url.search = new URLSearchParams({ db: SYSTEM_DATABASE, precision: 'ms' }).toString();
    this.#writeUrl = url.href;
    // A certificate is for the name that others know this machine by, and nobody is on the way to ourselves.
    this.#isOwn = selfMetricsUrl === options.ownUrl || isLoopback(url.hostname);
    const meter = new Meter(options.registry, 'overseer_self_metrics_');
    this.#writtenLines = meter.counter(
      'lines_total',
      `Lines of own metrics written to ${SYSTEM_DATABASE}`,
    );
    this.#droppedLines = meter.counter(
      'dropped_lines_total',
      'Lines of own metrics left out because ingress did not take them',
    );
    this.#failedWrites = meter.counter(
      'failed_writes_total',
      'Writes of own metrics that failed, or were not tried because ingress refuses their token',
    );
    this.#schedule();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#stopping.abort();
    await this.#writing;
  }

  /** At whole intervals since 1970: what all services write falls into one batch, and one transaction. */
  #schedule(): void {
    if (this.#stopping.signal.aborted) return;
    const intervalMs = this.#settings.selfMetricsIntervalMs;
    const untilNextMs = intervalMs - (Date.now() % intervalMs);
    this.#timer = setTimeout(() => {
      this.#writing = this.#write().finally(() => this.#schedule());
    }, untilNextMs);
    // A program that has nothing else to do may end.
    this.#timer.unref();
  }

  async #write(): Promise<void> {
    const { selfMetricsIntervalMs: intervalMs } = this.#settings;
    const timestampMs = Math.round(Date.now() / intervalMs) * intervalMs;
    let lines: readonly string[] = [];
    try {
      lines = await this.#lines(timestampMs);
      await this.#post(`${lines.join('\n')}\n`);
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      this.#failedWrites.inc();
      this.#droppedLines.inc(lines.length);
      this.#sayFailure(error);
      return;
    }
    this.#refused = undefined;
    this.#writtenLines.inc(lines.length);
    this.#sayRecovery();
  }

  async #lines(timestampMs: number): Promise<readonly string[]> {
    const { read, registry } = this.#options;
    const processes = read ? await read() : [await registry.getMetricsAsJSON()];
    const points = this.#points.take(processes, timestampMs);
    return points.flatMap(([point, atMs]) => formatLine(point, atMs) ?? []);
  }

  /** @throws Error that says why ingress has not taken the lines */
  async #post(body: string): Promise<void> {
    const token = await this.#token();
    const refused = this.#refused?.token === token ? this.#refused : undefined;
    if (refused && performance.now() < refused.until) throw refused.error;
    const timeoutMs = Math.min(WRITE_TIMEOUT_MS, this.#settings.selfMetricsIntervalMs);
    const response = await fetch(this.#writeUrl, {
      method: 'POST',
      headers: token === undefined ? {} : { authorization: `Token ${token}` },
      body,
      redirect: 'error',
      signal: AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(timeoutMs)]),
      ...(this.#isOwn && { tls: { rejectUnauthorized: false } }),
    });
    const text = await response.text();
    const reason = `${response.status} ${text.slice(0, REASON_LENGTH_MAX)}`;
    if (response.status === 401 || response.status === 403) {
      throw this.#refuse(token, reason, refused);
    }
    if (!response.ok) throw new Error(reason);
  }

  #refuse(token: string | undefined, reason: string, before: Refused | undefined): Error {
    const { selfMetricsIntervalMs: intervalMs } = this.#settings;
    const pauseMs = before
      ? Math.min(before.pauseMs * 2, Math.max(REFUSED_PAUSE_MAX_MS, intervalMs))
      : intervalMs;
    const error = new TokenRefusedError(reason);
    this.#refused = { token, error, pauseMs, until: performance.now() + pauseMs };
    return error;
  }

  async #token(): Promise<string | undefined> {
    const { selfMetricsToken, selfMetricsTokenFile } = this.#settings;
    if (selfMetricsTokenFile === undefined) return selfMetricsToken;
    return (await readFile(selfMetricsTokenFile, 'utf8')).trim();
  }

  #sayFailure(error: unknown): void {
    this.#failuresInARow++;
    if (this.#failuresInARow !== FAILURES_UNSAID) return;
    const url = withoutSecrets(this.#writeUrl);
    const reason = error instanceof Error ? error.message : String(error);
    const remedy =
      error instanceof TokenRefusedError
        ? 'SELF_METRICS_TOKEN or SELF_METRICS_TOKEN_FILE has to be a token with the right to write to _overseer'
        : 'they are left out until that is mended';
    this.#options.log.warn(
      { url, reason },
      `own metrics can’t be written: ${remedy}; SELF_METRICS=off ends trying`,
    );
  }

  #sayRecovery(): void {
    const failures = this.#failuresInARow;
    this.#failuresInARow = 0;
    if (failures < FAILURES_UNSAID) return;
    this.#options.log.info({ writesLeftOut: failures }, 'own metrics are written again');
  }
}
