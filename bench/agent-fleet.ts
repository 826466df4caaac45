import { Connection } from './connection.ts';
import { percentile } from './latencies.ts';
import { type Body, LINE_BYTES_MAX, type LineSource } from './lines.ts';

/** What became of the requests of agents. */
export interface AgentCounts {
  seconds: number;
  retries: number;
  /** From when a request was due until it was acknowledged. */
  requestMedianMs: number;
  requestP99Ms: number;
  requestMaxMs: number;
}

/** An agent asks once in this time. */
const PERIOD_MS = 1000;
/** Before the first request is due: time to open all connections. */
const LEAD_MS = 500;

/**
 * Agents that send one request a second each over a connection of their own, at a moment of the second that is theirs,
 * whether the one before was answered or not: a server that stalls is late for all that fell due meanwhile.
 */
export class AgentFleet {
  readonly #bodies: readonly Body[][];

  /** Makes the requests: of each agent the same series, a line each, in every one. */
  constructor(source: LineSource, agents: number, linesPerRequest: number, requests: number) {
    const buffer = new Uint8Array(linesPerRequest * LINE_BYTES_MAX);
    const bodies = Array.from({ length: agents }, () => [] as Body[]);
    for (let request = 0; request < requests; request++)
      for (const ofAgent of bodies) {
        let end = 0;
        for (let line = 0; line < linesPerRequest; line++) end = source.writeLine(buffer, end);
        ofAgent.push({ bytes: buffer.slice(0, end), lines: linesPerRequest });
      }
    this.#bodies = bodies;
  }

  /** Sends all. @throws when an answer is neither 204 nor 503, or a connection is closed */
  async send(url: string): Promise<AgentCounts> {
    const startAt = performance.now() + LEAD_MS;
    const connections = this.#bodies.map((bodies, agent) => {
      const offsetMs = (agent / this.#bodies.length) * PERIOD_MS;
      return new Connection(url, bodies, (number) => startAt + offsetMs + number * PERIOD_MS);
    });
    const counts = await Promise.all(connections.map((connection) => connection.send()));
    const latenciesMs = counts.flatMap((ofOne) => ofOne.latenciesMs);
    return {
      seconds: (performance.now() - startAt) / 1000,
      retries: counts.reduce((sum, { retries }) => sum + retries, 0),
      requestMedianMs: percentile(latenciesMs, 0.5),
      requestP99Ms: percentile(latenciesMs, 0.99),
      requestMaxMs: percentile(latenciesMs, 1),
    };
  }
}
