/** This machine's metrics at a moment. */
import { readFile, statfs } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { Point } from '@overseer/shared/line-protocol';
import {
  type CpuTicks,
  cpuPoints,
  diskIoPoints,
  diskPoint,
  memoryPoint,
  networkPoints,
  parseCpuTicks,
  parseMounts,
  systemPoint,
} from './proc.ts';

export class Host {
  readonly #tags = { host: hostname() };
  #cpuTicks: CpuTicks | undefined;

  /** Reads everything. The first reading has no `cpu`, which is a difference of two. */
  async read(): Promise<Point[]> {
    const names = ['stat', 'meminfo', 'loadavg', 'uptime', 'diskstats', 'net/dev', 'mounts'];
    const texts = await Promise.all(names.map((name) => readFile(`/proc/${name}`, 'utf8')));
    const [stat = '', meminfo = '', loadavg = '', uptime = '', diskstats = '', netDev = ''] = texts;
    const ticks = parseCpuTicks(stat);
    const cpus = this.#cpuTicks ? cpuPoints(this.#cpuTicks, ticks, this.#tags) : [];
    this.#cpuTicks = ticks;
    const disks = await Promise.all(
      parseMounts(texts[6] ?? '').map(async (mount) => {
        // One that was unmounted meanwhile, or that we may not look at, has nothing to tell.
        const space = await statfs(mount.path, { bigint: true }).catch(() => undefined);
        return space ? [diskPoint(mount, space, this.#tags)] : [];
      }),
    );
    return [
      ...cpus,
      memoryPoint(meminfo, this.#tags),
      systemPoint(loadavg, uptime, ticks.size - 1, this.#tags),
      ...diskIoPoints(diskstats, this.#tags),
      ...networkPoints(netDev, this.#tags),
      ...disks.flat(),
    ];
  }
}
