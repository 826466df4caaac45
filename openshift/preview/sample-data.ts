/** Something to look at: an hour of two invented machines, in the database that the page opens on. */
import type { PreviewApi } from './preview-api.ts';

const DATABASE = 'host';
const HOSTS = ['sample-1', 'sample-2'];
const SPAN_S = 3600;
const STEP_S = 15;
const MEMORY_BYTES = 8 * 1024 ** 3;

/** Writes it; the same times get the same values, so that writing it again changes nothing. @returns how many points */
export async function writeSampleData(api: PreviewApi, now = new Date()): Promise<number> {
  const endS = Math.floor(now.getTime() / 1000 / STEP_S) * STEP_S;
  const lines: string[] = [];
  for (let timeS = endS - SPAN_S; timeS <= endS; timeS += STEP_S) {
    for (const [index, host] of HOSTS.entries()) lines.push(...linesOf(host, index, timeS));
  }
  await api.write(DATABASE, lines);
  return lines.length;
}

function linesOf(host: string, index: number, timeS: number): string[] {
  const user = 30 + 20 * wave(timeS, 900, index) + 5 * wave(timeS, 70, index);
  const system = 8 + 4 * wave(timeS, 300, index);
  const used = Math.round(MEMORY_BYTES * (0.5 + 0.2 * wave(timeS, 1800, index)));
  return [
    `cpu,host=${host} user=${user.toFixed(2)},system=${system.toFixed(2)} ${timeS}`,
    `memory,host=${host} used=${used}i,total=${MEMORY_BYTES}i ${timeS}`,
  ];
}

/** From -1 to 1, each machine at another place of it. */
function wave(timeS: number, periodS: number, index: number): number {
  return Math.sin((2 * Math.PI * timeS) / periodS + index);
}
