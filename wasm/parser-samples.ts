/**
 * Bodies for measuring the parser, seeded and the same everywhere: lines in the form of the Time Series Benchmark Suite's cpu-only
 * (ten tags, ten fields, every host in its turn), and variations of it.
 */

export interface SampleBody {
  readonly bytes: Uint8Array;
  readonly lines: number;
}

/** What follows a field's equals sign. */
type ValueWriter = (random: Random, field: number) => string;

export interface SampleOptions {
  readonly hosts: number;
  readonly lines: number;
  readonly bodyBytes: number;
  readonly value: ValueWriter;
  /** Hosts in an order of its own in every round. */
  readonly shuffled?: boolean;
}

const FIELDS = [
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
];
const REGIONS = ['us-east-1', 'us-west-2', 'eu-west-1', 'eu-central-1', 'ap-southeast-1'];
const SYSTEMS = ['Ubuntu16.10', 'Ubuntu16.04LTS', 'Ubuntu15.10'];
const TEAMS = ['SF', 'NYC', 'LON', 'CHI'];
const ENVIRONMENTS = ['production', 'staging', 'test'];
const START_NS = 1_451_606_400_000_000_000n;
const STEP_NS = 10_000_000_000n;

export const VALUES = {
  integers: (random) => `${random.below(101)}i`,
  decimals: (random) => String(random.below(10_001) / 100),
  /** As programs print doubles that were computed: 16 or 17 digits. */
  doubles: (random) =>
    String((random.below(2 ** 32) + random.below(2 ** 20) / 2 ** 20) / 42_949_672.96),
  mixed: (random, field) => {
    switch (field % 5) {
      case 0:
        return `${random.below(101)}i`;
      case 1:
        return String(random.below(10_001) / 100);
      case 2:
        return random.below(2) === 0 ? 'true' : 'f';
      case 3:
        return `"host-${random.below(1000)} is up since ${random.below(100)} days"`;
      default:
        return `${random.below(2 ** 32)}u`;
    }
  },
} satisfies Record<string, ValueWriter>;

/** xorshift32: quick, seeded, good enough for samples. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 1;
  }

  /** A whole number from 0 to `bound` - 1, `bound` being up to 2^32. */
  below(bound: number): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return Math.floor(((state >>> 0) / 2 ** 32) * bound);
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }
}

/** Bodies of whole lines, each of about `bodyBytes`. */
export function sampleBodies(options: SampleOptions): SampleBody[] {
  const random = new Random(0x5eed);
  const order = Array.from({ length: options.hosts }, (_, host) => host);
  const heads = order.map((host) => seriesKey(host, random));
  const bodies: SampleBody[] = [];
  let text = '';
  let lines = 0;
  for (let line = 0; line < options.lines; line++) {
    const turn = line % options.hosts;
    if (turn === 0 && options.shuffled) shuffle(order, random);
    const time = START_NS + BigInt(Math.floor(line / options.hosts)) * STEP_NS;
    const fields = FIELDS.map((name, field) => `${name}=${options.value(random, field)}`);
    text += `${heads[order[turn] as number]} ${fields.join(',')} ${time}\n`;
    lines++;
    if (text.length >= options.bodyBytes || line === options.lines - 1) {
      bodies.push({ bytes: new TextEncoder().encode(text), lines });
      text = '';
      lines = 0;
    }
  }
  return bodies;
}

function seriesKey(host: number, random: Random): string {
  const region = random.pick(REGIONS);
  const tags = {
    hostname: `host_${host}`,
    region,
    datacenter: `${region}${random.pick(['a', 'b', 'c'])}`,
    rack: random.below(100),
    os: random.pick(SYSTEMS),
    arch: random.pick(['x64', 'x86']),
    team: random.pick(TEAMS),
    service: random.below(20),
    service_version: random.below(2),
    service_environment: random.pick(ENVIRONMENTS),
  };
  return `cpu,${Object.entries(tags)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')}`;
}

function shuffle(order: number[], random: Random): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
}
