import { Random } from './random.ts';

/**
 * The "cpu-only" load of the Time Series Benchmark Suite (timescale/tsbs,
 * pkg/data/usecases/devops): N hosts, a line per host every 10 s, ten tags drawn once per host, and
 * ten fields that walk at random within [0, 100].
 *
 * Seeded and the same bit for bit everywhere: the walks are 16.16 fixed-point integers. TSBS itself
 * draws from Go's math/rand in floating point, so the values differ from its output while their
 * distribution and form are the same.
 */

/** The name of the one measurement. */
export const MEASUREMENT = 'cpu';

/** The ten fields in the order in which a line carries them. */
export const FIELDS = [
  'usage_user',
  'usage_system',
  'usage_idle',
  'usage_nice',
  'usage_iowait',
  'usage_irq',
  'usage_softirq',
  'usage_steal',
  'usage_guest',
  'usage_guest_nice',
] as const;

/** Time between two lines of one host. */
export const INTERVAL_MS = 10_000;

/** Fixed point of the walks: a value v is kept as v · 2^16. */
const FRACTION_BITS = 16;
const VALUE_MAX = 100;
const WALK_MAX = VALUE_MAX << FRACTION_BITS;

const DATACENTERS_BY_REGION: readonly (readonly [region: string, zones: string])[] = [
  ['us-east-1', 'abce'],
  ['us-west-1', 'ab'],
  ['us-west-2', 'abc'],
  ['eu-west-1', 'abc'],
  ['eu-central-1', 'ab'],
  ['ap-southeast-1', 'ab'],
  ['ap-southeast-2', 'ab'],
  ['ap-northeast-1', 'ac'],
  ['sa-east-1', 'abc'],
];
const OPERATING_SYSTEMS = ['Ubuntu16.10', 'Ubuntu16.04LTS', 'Ubuntu15.10'];
const ARCHITECTURES = ['x64', 'x86'];
const TEAMS = ['SF', 'NYC', 'LON', 'CHI'];
const ENVIRONMENTS = ['production', 'staging', 'test'];
const RACKS = 100;
const SERVICES = 20;
const SERVICE_VERSIONS = 2;

/**
 * How a walk is written: truncated to an integer, as TSBS does, or with two decimals.
 */
export type ValueKind = 'integers' | 'decimals';

/** What a load is made of; equal options make equal bytes. */
export interface CpuOnlyOptions {
  /** Number of hosts, which is the number of series. */
  hosts: number;
  seed: number;
  /** Time of the first line of every host, in ns since 1970. */
  startNs: bigint;
  values: ValueKind;
  /** Newest first: every round is 10 s before the one that was sent before it. */
  isBackwards?: boolean;
}

/**
 * Walks through the points of a load in the order in which they are sent: every host once, then 10
 * s later again. It stands on one point; a writer reads that and calls `advance()`. Nothing is
 * allocated per point.
 */
export class CpuOnlyWalk {
  /**
   * The tags of each host as line protocol has them: `hostname=host_0,region=…`. Sorted by host,
   * not by key, as in TSBS.
   */
  readonly tagsByHost: readonly string[];
  readonly values: ValueKind;
  /** Host of the current point, 0 to hosts − 1. */
  host = 0;
  /** Time of the current point, in ns since 1970. */
  timeNs: bigint;

  readonly #random: Random;
  readonly #walks: Int32Array;
  readonly #stepNs: bigint;

  constructor(options: CpuOnlyOptions) {
    if (!(Number.isInteger(options.hosts) && options.hosts >= 1))
      throw new RangeError(`a load needs at least one host, got ${options.hosts}`);
    this.#random = new Random(options.seed);
    this.values = options.values;
    this.timeNs = options.startNs;
    this.#stepNs = BigInt(INTERVAL_MS) * (options.isBackwards ? -1_000_000n : 1_000_000n);
    this.tagsByHost = Array.from({ length: options.hosts }, (_, host) =>
      drawTags(this.#random, host),
    );
    this.#walks = new Int32Array(options.hosts * FIELDS.length);
    for (let walk = 0; walk < this.#walks.length; walk++)
      this.#walks[walk] = Math.floor((this.#random.uint32() / 0x1_0000_0000) * WALK_MAX);
  }

  /**
   * Value of a field of the current point: a whole number, or hundredths when the load has
   * decimals.
   */
  value(field: number): number {
    const walk = this.#walks[this.host * FIELDS.length + field] as number;
    return (this.values === 'integers' ? walk : walk * 100) >> FRACTION_BITS;
  }

  /** Moves to the next point. */
  advance(): void {
    const base = this.host * FIELDS.length;
    for (let field = 0; field < FIELDS.length; field++) {
      const stepped = (this.#walks[base + field] as number) + this.#random.normal16();
      this.#walks[base + field] = Math.min(Math.max(stepped, 0), WALK_MAX);
    }
    this.host++;
    if (this.host === this.tagsByHost.length) {
      this.host = 0;
      this.timeNs += this.#stepNs;
    }
  }
}

function drawTags(random: Random, host: number): string {
  const [region, zones] = random.choice(DATACENTERS_BY_REGION);
  const tags: Record<string, string | number> = {
    hostname: `host_${host}`,
    region,
    datacenter: region + random.choice([...zones]),
    rack: random.below(RACKS),
    os: random.choice(OPERATING_SYSTEMS),
    arch: random.choice(ARCHITECTURES),
    team: random.choice(TEAMS),
    service: random.below(SERVICES),
    service_version: random.below(SERVICE_VERSIONS),
    service_environment: random.choice(ENVIRONMENTS),
  };
  return Object.entries(tags)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}
