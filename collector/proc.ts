/**
 * Linux's /proc as points, named as Telegraf names them, so that dashboards made for it fit.
 *
 * Read directly: the package systeminformation starts shells each second, 5 % of a core against the 0.3 % of this,
 * and knows neither single disks nor packets.
 */
import type { Point } from '@overseer/shared/line-protocol';

type Tags = Readonly<Record<string, string>>;

/** /proc counts disk space in sectors of this many bytes, whatever the disk's own are. */
const SECTOR_BYTES = 512n;

/** Clock ticks since the start of the system, by state; the order is that of /proc/stat. */
const CPU_STATES = [
  'user',
  'nice',
  'system',
  'idle',
  'iowait',
  'irq',
  'softirq',
  'steal',
  'guest',
  'guest_nice',
] as const;

export type CpuTicks = ReadonlyMap<string, readonly number[]>;

/** @param stat the text of /proc/stat */
export function parseCpuTicks(stat: string): CpuTicks {
  const lines = stat.split('\n').filter((line) => line.startsWith('cpu'));
  return new Map(
    lines.map((line) => {
      const [name = '', ...ticks] = line.split(/\s+/);
      return [name === 'cpu' ? 'cpu-total' : name, ticks.map(Number)];
    }),
  );
}

/** Shares of the time between two readings, in percent. A processor that was off in between has none. */
export function cpuPoints(before: CpuTicks, after: CpuTicks, tags: Tags): Point[] {
  return [...after].flatMap(([cpu, ticks]) => {
    const earlier = before.get(cpu);
    if (!earlier) return [];
    const spent = CPU_STATES.map((_, index) => (ticks[index] ?? 0) - (earlier[index] ?? 0));
    // The time of guests is part of user and nice.
    const total = spent.slice(0, 8).reduce((sum, value) => sum + value, 0);
    if (total <= 0) return [];
    const fields = CPU_STATES.map((state, index) => [
      `usage_${state}`,
      (100 * (spent[index] ?? 0)) / total,
    ]);
    return [{ measurement: 'cpu', tags: { ...tags, cpu }, fields: Object.fromEntries(fields) }];
  });
}

/** @param meminfo the text of /proc/meminfo */
export function memoryPoint(meminfo: string, tags: Tags): Point {
  const values = new Map<string, bigint>();
  for (const [, name = '', kibibytes] of meminfo.matchAll(/^(\w+):\s+(\d+) kB$/gm)) {
    values.set(name, BigInt(kibibytes ?? 0) * 1024n);
  }
  const value = (name: string) => values.get(name) ?? 0n;
  const total = value('MemTotal');
  const available = value('MemAvailable');
  return {
    measurement: 'mem',
    tags,
    fields: {
      total,
      available,
      available_percent: percent(available, total),
      used: total - available,
      used_percent: percent(total - available, total),
      free: value('MemFree'),
      buffered: value('Buffers'),
      cached: value('Cached'),
      active: value('Active'),
      inactive: value('Inactive'),
      dirty: value('Dirty'),
      swap_total: value('SwapTotal'),
      swap_free: value('SwapFree'),
    },
  };
}

/**
 * @param loadavg the text of /proc/loadavg
 * @param uptime the text of /proc/uptime
 */
export function systemPoint(loadavg: string, uptime: string, cpuCount: number, tags: Tags): Point {
  const [load1, load5, load15] = loadavg.split(' ').map(Number);
  return {
    measurement: 'system',
    tags,
    fields: {
      load1: load1 ?? Number.NaN,
      load5: load5 ?? Number.NaN,
      load15: load15 ?? Number.NaN,
      n_cpus: BigInt(cpuCount),
      uptime: BigInt(uptime.split('.', 1)[0] ?? 0),
    },
  };
}

/**
 * Counters since the start of the system; devices never used are left out.
 * @param diskstats the text of /proc/diskstats
 */
export function diskIoPoints(diskstats: string, tags: Tags): Point[] {
  return rows(diskstats).flatMap(([, , name = '', ...columns]) => {
    const counters = columns.map(BigInt);
    const counter = (index: number) => counters[index] ?? 0n;
    if (counter(0) === 0n && counter(4) === 0n) return [];
    const fields = {
      reads: counter(0),
      merged_reads: counter(1),
      read_bytes: counter(2) * SECTOR_BYTES,
      read_time: counter(3),
      writes: counter(4),
      merged_writes: counter(5),
      write_bytes: counter(6) * SECTOR_BYTES,
      write_time: counter(7),
      iops_in_progress: counter(8),
      io_time: counter(9),
      weighted_io_time: counter(10),
    };
    return [{ measurement: 'diskio', tags: { ...tags, name }, fields }];
  });
}

/**
 * Counters since the start of the system, without the loopback and interfaces never used.
 * @param netDev the text of /proc/net/dev
 */
export function networkPoints(netDev: string, tags: Tags): Point[] {
  return netDev.split('\n').flatMap((line) => {
    const [, name, columns] = /^\s*([^:]+):\s*(.*)$/.exec(line) ?? [];
    if (!name || !columns || name === 'lo') return [];
    const counters = columns.trim().split(/\s+/).map(BigInt);
    const counter = (index: number) => counters[index] ?? 0n;
    if (counter(0) === 0n && counter(8) === 0n) return [];
    const fields = {
      bytes_recv: counter(0),
      packets_recv: counter(1),
      err_in: counter(2),
      drop_in: counter(3),
      bytes_sent: counter(8),
      packets_sent: counter(9),
      err_out: counter(10),
      drop_out: counter(11),
    };
    return [{ measurement: 'net', tags: { ...tags, interface: name }, fields }];
  });
}

export interface Mount {
  readonly device: string;
  readonly path: string;
  readonly type: string;
}

/**
 * The file systems on disks, and the root whatever it is on; each device once, where it was mounted first.
 * @param mounts the text of /proc/mounts
 */
export function parseMounts(mounts: string): Mount[] {
  const found = new Map<string, Mount>();
  for (const [device = '', path = '', type = ''] of rows(mounts)) {
    const isOnDisk = device.startsWith('/dev/') && type !== 'squashfs';
    if ((isOnDisk || path === '/') && !found.has(device)) {
      found.set(device, { device, path: unescapeOctal(path), type });
    }
  }
  return [...found.values()];
}

/** What statfs(2) tells. */
export interface SpaceCounts {
  readonly bsize: bigint;
  readonly blocks: bigint;
  readonly bfree: bigint;
  /** For others than root. */
  readonly bavail: bigint;
  readonly files: bigint;
  readonly ffree: bigint;
}

export function diskPoint({ device, path, type }: Mount, space: SpaceCounts, tags: Tags): Point {
  const { bsize, blocks, bfree, bavail, files, ffree } = space;
  const used = (blocks - bfree) * bsize;
  const free = bavail * bsize;
  return {
    measurement: 'disk',
    tags: { ...tags, device: device.replace('/dev/', ''), path, fstype: type },
    fields: {
      total: blocks * bsize,
      free,
      used,
      used_percent: percent(used, used + free),
      inodes_total: files,
      inodes_free: ffree,
      inodes_used: files - ffree,
    },
  };
}

function rows(text: string): string[][] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => line.split(/\s+/));
}

/** NaN, which is no field, of nothing. */
function percent(part: bigint, whole: bigint): number {
  return (100 * Number(part)) / Number(whole);
}

/** /proc writes a space in a path as \040. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
