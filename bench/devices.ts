import type { LineSource } from './lines.ts';
import { Random } from './random.ts';

/**
 * Very many series, or series that come and go, each with a value a round.
 *
 * Every device has a tag for its site and one for its place there, so that a million series have no tag of a
 * million values, which InfluxDB refuses by default. Devices are dealt to sites in turn: each sender has all.
 */

/** What a load is made of; equal options make equal bytes. */
export interface DevicesOptions {
  hosts: number;
  seed: number;
  /** Time of the first round, in ns since 1970. */
  startNs: bigint;
  values: 'devices';
  /** Of the devices, how many are replaced by new ones in each round; 0 when all stay. */
  replacedShare: number;
}

/** Time between two rounds. */
export const ROUND_INTERVAL_MS = 10_000;
const SITES = 200;
const HUNDREDTHS = 10_000;

/** Walks through all devices, then through all again 10 s later, when some are others than before. */
export class DeviceWalk implements LineSource {
  readonly hosts: number;
  host = 0;
  readonly #random: Random;
  readonly #encoder = new TextEncoder();
  readonly #replacedShare: number;
  #round = 0;
  #timeNs: bigint;

  constructor({ hosts, seed, startNs, replacedShare }: DevicesOptions) {
    if (!(Number.isInteger(hosts) && hosts >= 1))
      throw new RangeError(`a load needs at least one device, got ${hosts}`);
    if (!(replacedShare >= 0 && replacedShare <= 1))
      throw new RangeError(`a share is between 0 and 1, got ${replacedShare}`);
    this.hosts = hosts;
    this.#random = new Random(seed);
    this.#replacedShare = replacedShare;
    this.#timeNs = startNs;
  }

  writeLine(target: Uint8Array, start: number): number {
    const value = this.#random.below(HUNDREDTHS) / 100;
    const line = `reading,site=site_${this.host % SITES},device=${this.#device()} value=${value} ${this.#timeNs}\n`;
    const { written } = this.#encoder.encodeInto(line, target.subarray(start));
    this.#advance();
    return start + written;
  }

  /** A place is taken by a new device every so many rounds, not all places in the same one. */
  #device(): string {
    const place = Math.floor(this.host / SITES);
    const generation = Math.floor(this.#round * this.#replacedShare + (place % 100) / 100);
    return generation === 0 ? `device_${place}` : `device_${place}_${generation}`;
  }

  #advance(): void {
    if (++this.host < this.hosts) return;
    this.host = 0;
    this.#round++;
    this.#timeNs += BigInt(ROUND_INTERVAL_MS) * 1_000_000n;
  }
}
