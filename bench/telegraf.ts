import type { LineSource } from './lines.ts';
import { Random } from './random.ts';

/**
 * A load in the form of what Telegraf's usual inputs write on a host, and what programs write
 * through it: some seventy measurements of one to ten fields; floats with as many digits as a
 * double has, integers, booleans in every spelling, strings with spaces, quotes and backslashes;
 * names with escaped spaces, commas and equals signs. Every second host writes no timestamps, as
 * scripts do, the others ns.
 */

/** What a load is made of; equal options make equal bytes. */
export interface AgentsOptions {
  hosts: number;
  seed: number;
  /** Time of the first lines, in ns since 1970. */
  startNs: bigint;
  values: 'mixed';
}

/** Time between two collections of a host. */
export const COLLECTION_INTERVAL_MS = 10_000;

/** Programs that write measurements of their own, each on some of the hosts. */
const SERVICES = 60;
const SERVICES_PER_HOST = 3;
const UNITS = ['ssh.service', 'cron.service', 'postgresql@18-main.service'];
const TRUE = ['t', 'T', 'true', 'True', 'TRUE'];
const FALSE = ['f', 'F', 'false', 'False', 'FALSE'];
const MESSAGES = [
  '',
  'none',
  'connect: connection refused',
  'said \\"not now\\", then hung up',
  'no such file: C:\\\\data\\\\queue.db',
  'größer als erlaubt, a=b c',
];

/** Writes one line without its time; `tag` is the tag of the host. */
type LineOf = (tag: string, draw: Draw, host: number) => string;

/** Values as line protocol has them. */
class Draw {
  constructor(readonly random: Random) {}

  float = (limit: number) => String((this.random.uint32() / 2 ** 32) * limit);
  hundredths = (limit: number) => String(this.random.below(limit * 100) / 100);
  integer = (limit: number) => `${this.random.below(limit)}i`;
  counter = () => `${this.random.uint32() * 1024 + this.random.below(1024)}i`;
  boolean = () => this.random.choice(this.random.below(8) > 0 ? TRUE : FALSE);
  message = () => `"${this.random.choice(MESSAGES)}"`;
}

const cpu =
  (name: string): LineOf =>
  (tag, { float }) =>
    `cpu,cpu=${name},${tag} usage_user=${float(50)},usage_system=${float(20)},usage_idle=${float(100)},` +
    `usage_iowait=${float(5)},usage_softirq=${float(1)},usage_steal=0`;

const disk =
  (device: string, path: string): LineOf =>
  (tag, { counter, float }) =>
    `disk,device=${device},fstype=ext4,${tag},mode=rw,path=${path} free=${counter()},total=502468108288i,` +
    `used=${counter()},used_percent=${float(100)},inodes_free=${counter()}`;

const net =
  (name: string): LineOf =>
  (tag, { counter, integer }) =>
    `net,${tag},interface=${name} bytes_recv=${counter()},bytes_sent=${counter()},packets_recv=${counter()},` +
    `packets_sent=${counter()},err_in=${integer(3)},drop_in=${integer(9)}`;

const unit =
  (name: string): LineOf =>
  (tag, { integer }) =>
    `systemd_units,active=active,${tag},load=loaded,name=${name},sub=running load_code=0i,active_code=${integer(4)}`;

const service =
  (place: number): LineOf =>
  (tag, { boolean, hundredths, integer, message }, host) => {
    const number = (host * SERVICES_PER_HOST + place * 7) % SERVICES;
    return (
      `app\\ ${number}\\,eu,${tag},queue=orders\\ ${place}\\=new,region=eu-west-1 queue\\ length=${integer(1000)},` +
      `healthy=${boolean()},p99\\,ms=${hundredths(900)},last_error=${message()}`
    );
  };

/** What every host collects, a series each. */
const LINES: readonly LineOf[] = [
  cpu('cpu-total'),
  cpu('cpu0'),
  cpu('cpu1'),
  (tag, { counter, float }) =>
    `mem,${tag} active=${counter()},available=${counter()},buffered=${counter()},cached=${counter()},` +
    `free=${counter()},total=16712679424i,used=${counter()},used_percent=${float(100)}`,
  disk('sda1', '/'),
  disk('sdb1', '/mnt/my\\ data\\,\\ old'),
  (tag, { counter }) =>
    `diskio,${tag},name=sda reads=${counter()},writes=${counter()},read_bytes=${counter()},write_bytes=${counter()}`,
  net('eth0'),
  net('wg\\=1'),
  (tag, { hundredths, integer, random }) =>
    `system,${tag} load1=${hundredths(4)},load5=${hundredths(3)},n_cpus=2i,n_users=${integer(5)},` +
    `uptime_format="${random.below(400)} days,  ${random.below(24)}:30"`,
  (tag, { integer }) =>
    `processes,${tag} blocked=${integer(3)},running=${integer(9)},sleeping=${integer(300)},total=${integer(400)}`,
  ...UNITS.map(unit),
  (tag, { boolean, integer, message }) =>
    `docker_container_status,container_image=registry.test/web:1.2,container_name=web,${tag} ` +
    `running=${boolean()},oomkilled=${boolean()},exitcode=${integer(2)},error=${message()}`,
  (tag, { float, integer }) =>
    `http_response,${tag},method=GET,server=https://shop.test/?q\\=a\\,b http_response_code=200i,` +
    `response_time=${float(2)},content_length=${integer(90_000)},result_type="success"`,
  ...Array.from({ length: SERVICES_PER_HOST }, (_, place) => service(place)),
];

/** Series of a host; every one has a line in each collection. */
export const SERIES_PER_HOST = LINES.length;
/** Fields of all of them together; a test counts them. */
export const VALUES_PER_HOST = 87;

/**
 * Walks through the lines in the order in which they are sent: all of a host, then of the next; all
 * hosts, then all again 10 s later. A body of lines without a time that has a series twice would
 * have the same point twice: a sender's hosts must have more lines than a body.
 */
export class AgentWalk implements LineSource {
  readonly hosts: number;
  host = 0;
  readonly #draw: Draw;
  readonly #encoder = new TextEncoder();
  #timeNs: bigint;
  #line = 0;

  constructor({ hosts, seed, startNs }: AgentsOptions) {
    if (!(Number.isInteger(hosts) && hosts >= 1))
      throw new RangeError(`a load needs at least one host, got ${hosts}`);
    this.hosts = hosts;
    this.#draw = new Draw(new Random(seed));
    this.#timeNs = startNs;
  }

  writeLine(target: Uint8Array, start: number): number {
    const lineOf = LINES[this.#line] as LineOf;
    const time = this.host % 2 === 0 ? ` ${this.#timeNs}` : '';
    const line = `${lineOf(`host=host_${this.host}`, this.#draw, this.host)}${time}\n`;
    const { written } = this.#encoder.encodeInto(line, target.subarray(start));
    this.#advance();
    return start + written;
  }

  #advance(): void {
    if (++this.#line < LINES.length) return;
    this.#line = 0;
    if (++this.host < this.hosts) return;
    this.host = 0;
    this.#timeNs += BigInt(COLLECTION_INTERVAL_MS) * 1_000_000n;
  }
}
