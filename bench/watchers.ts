import {
  decodeServerMessage,
  encodeMessage,
  LIVE_PATH,
  type Subscribe,
} from '@overseer/frontend/live-protocol';
import { float64s, isPresent } from '@overseer/shared/queries';
import { PROBE_METRIC, type Watcher } from './probes.ts';

/** The live view of the probes: what the page asks for a range of five minutes. */
const STEP_MS = 1000;
const RANGE_MS = 300_000;
/** How often a poller that waits for nothing looks whether it should poll. */
const IDLE_MS = 1;

/** Sees what `/api/v1/query` answers, asked again and again without a pause. */
export function queryWatcher(frontendUrl: string, database: string): Watcher {
  const url = `${frontendUrl}/api/v1/query?db=${database}&query=${PROBE_METRIC}`;
  return {
    name: 'query',
    async watch(sightings) {
      let isStopped = false;
      const polling = (async () => {
        while (!isStopped) {
          if (sightings.isWaited) sightings.seen(await queryValue(url), performance.now());
          else await Bun.sleep(IDLE_MS);
        }
      })().catch((error: unknown) => sightings.failed(error));
      return () => {
        isStopped = true;
        return polling;
      };
    },
  };
}

/** The value of the one series that the answer has; 0 when it has none yet. */
async function queryValue(url: string): Promise<number> {
  const response = await fetch(url);
  const answer = (await response.json()) as {
    status: string;
    data?: { result: { value: [number, string] }[] };
  };
  if (answer.data === undefined) throw new Error(`${url} answered ${JSON.stringify(answer)}`);
  return Number(answer.data.result[0]?.value[1] ?? 0);
}

/** Sees what the live socket sends, from the moment on at which the message is here. */
export function liveWatcher(frontendUrl: string, database: string): Watcher {
  const subscription: Subscribe = {
    kind: 'subscribe',
    id: 1,
    db: database,
    expr: PROBE_METRIC,
    stepMs: STEP_MS,
    rangeMs: RANGE_MS,
  };
  return {
    name: 'live',
    async watch(sightings) {
      const socket = new WebSocket(`${frontendUrl.replace('http', 'ws')}${LIVE_PATH}`);
      socket.binaryType = 'arraybuffer';
      const opened = Promise.withResolvers<void>();
      const closed = Promise.withResolvers<void>();
      socket.onopen = () => socket.send(encodeMessage(subscription));
      socket.onclose = ({ code }) => {
        const error = new Error(`the live socket was closed, code ${code}`);
        sightings.failed(error);
        opened.reject(error);
        closed.resolve();
      };
      socket.onmessage = ({ data }) => {
        const atMs = performance.now();
        try {
          const value = newestValue(data as ArrayBuffer);
          if (value === undefined) return;
          opened.resolve();
          sightings.seen(value, atMs);
        } catch (error) {
          sightings.failed(error);
          opened.reject(error);
        }
      };
      await opened.promise;
      return () => {
        socket.close();
        return closed.promise;
      };
    },
  };
}

/** The last value of the one series that a message has. */
function newestValue(bytes: ArrayBuffer): number | undefined {
  const message = decodeServerMessage(bytes);
  if (message.kind === 'failure') throw new Error(`the live query failed: ${message.message}`);
  if (message.kind !== 'reset' && message.kind !== 'delta') return undefined;
  const [series] = message.series;
  if (series === undefined) return undefined;
  const values = float64s(series.values);
  const step = values.findLastIndex((_, index) => isPresent(series.present, index));
  return step < 0 ? undefined : values[step];
}
