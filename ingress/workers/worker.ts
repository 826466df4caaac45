import type { MetricsJson } from '@overseer/shared';
import { UnavailableError } from '../errors.ts';
import type { Ingress } from '../ingress.ts';
import type { ReadinessReport } from '../readiness.ts';
import type { Standing } from '../standing.ts';
import {
  Channel,
  ChannelError,
  type ChannelMessage,
  type Question,
  type WorkerMessage,
} from './channel.ts';

/** Which worker a process is, from 1, and whether it takes the place of one that ended. The parent sets them: they are no settings. */
export const WORKER_VARIABLE = 'OVERSEER_INGRESS_WORKER';
export const REPLACEMENT_VARIABLE = 'OVERSEER_INGRESS_REPLACEMENT';

const RETRY_SECONDS = 1;

export interface WorkerRole {
  readonly number: number;
  /** Whether others listen already, and it had better be ready before it does so. */
  readonly isReplacement: boolean;
}

/** What this process is among several; undefined when nobody made it a worker. */
export function readWorkerRole(): WorkerRole | undefined {
  const number = process.env[WORKER_VARIABLE];
  return number && process.send
    ? { number: Number(number), isReplacement: process.env[REPLACEMENT_VARIABLE] === 'yes' }
    : undefined;
}

/** The worker's own end: tells the parent of itself, and asks it for all. */
export class WorkerStanding implements Standing {
  readonly #ingress: Ingress;
  readonly #channel: Channel;

  /** @param onOrphaned called when the parent is gone: nobody supervises this process any more */
  constructor(ingress: Ingress, onOrphaned: () => void) {
    this.#ingress = ingress;
    this.#channel = new Channel(send, (question) => this.#answer(question));
    process.on('message', (message) => this.#channel.receive(message as ChannelMessage));
    process.on('disconnect', () => {
      this.#channel.close();
      onOrphaned();
    });
  }

  /** Tells the parent that this worker listens. */
  listening(): void {
    send({ kind: 'listening' });
  }

  async readiness(): Promise<ReadinessReport> {
    try {
      return (await this.#channel.ask('readiness')) as ReadinessReport;
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
      return { ready: false, missing: { parent: `the parent process: ${error.message}` } };
    }
  }

  async metrics(): Promise<readonly MetricsJson[]> {
    try {
      return (await this.#channel.ask('metrics')) as MetricsJson[];
    } catch (cause) {
      if (!(cause instanceof ChannelError)) throw cause;
      const message = `no metrics: ${cause.message}`;
      throw new UnavailableError('not_ready', message, RETRY_SECONDS, { cause });
    }
  }

  #answer(question: Question): Promise<unknown> {
    const { readiness, metrics } = this.#ingress;
    return question === 'readiness'
      ? Promise.resolve(readiness.report)
      : metrics.registry.getMetricsAsJSON();
  }
}

/** To the parent; without it there is nobody to tell. */
function send(message: WorkerMessage): void {
  if (process.connected) process.send?.(message);
}
