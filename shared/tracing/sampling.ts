import { type SpanContext, TraceFlags } from '@opentelemetry/api';
import { RateLimit } from './rate-limit.ts';
import type { SamplerSettings } from './settings.ts';

/** So that no client can have everything recorded by saying that it records everything. */
const REMOTE_TRACES_PER_SECOND_MAX = 10;

/**
 * Decides once for a whole trace whether it is recorded, where it enters the system; whoever works for it later follows.
 *
 * What comes over NATS was decided on by the service that sent it, and is not asked about here.
 */
export class Sampling {
  readonly #settings: SamplerSettings;
  readonly #rootLimit: RateLimit;
  readonly #remoteLimit = new RateLimit(REMOTE_TRACES_PER_SECOND_MAX);

  constructor(settings: SamplerSettings) {
    this.#settings = settings;
    const { roots } = settings;
    const isLimited = typeof roots === 'object' && 'perSecond' in roots;
    this.#rootLimit = new RateLimit(isLimited ? roots.perSecond : 0);
  }

  /** Whether a trace that begins now is recorded. */
  root(): boolean {
    const { roots } = this.#settings;
    if (typeof roots === 'string') return roots === 'all';
    return 'ratio' in roots ? Math.random() < roots.ratio : this.#rootLimit.take();
  }

  /** Whether a trace that a client has begun is recorded here. */
  remote({ traceId, traceFlags }: SpanContext): boolean {
    const { isParentBased, roots } = this.#settings;
    if (isParentBased) {
      const isSampled = (traceFlags & TraceFlags.SAMPLED) !== 0;
      return isSampled && (roots === 'all' || this.#remoteLimit.take());
    }
    if (typeof roots === 'object' && 'ratio' in roots) return fractionOf(traceId) < roots.ratio;
    return this.root();
  }
}

/** The same for everybody who meets the trace: random digits of its id as a number from 0 to 1. */
function fractionOf(traceId: string): number {
  return Number.parseInt(traceId.slice(-8), 16) / 2 ** 32;
}
