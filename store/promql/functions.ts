import type { ValueType } from './expression.ts';
import { changeKernel, lastChangeKernel } from './rate-kernels.ts';
import {
  averageKernel,
  countKernel,
  extremeKernel,
  lastKernel,
  presentKernel,
  quantileKernel,
  sumKernel,
  varianceKernel,
} from './window-kernels.ts';
import type { WindowKernel } from './windows.ts';

/**
 * Every function that is evaluated, one entry each; others that the grammar knows are "not yet supported". All of them look at the
 * samples of a range selector.
 */
export interface PromqlFunction {
  readonly name: string;
  readonly arguments: readonly ValueType[];
  /** What it gives is still the metric, such as its last value; other functions drop the name. */
  readonly keepsName: boolean;
  /** A kernel for one evaluation; it may keep memory from series to series. */
  createKernel(): WindowKernel;
}

function ofRange(
  name: string,
  createKernel: () => WindowKernel,
  { keepsName = false, parameters = [] as readonly ValueType[] } = {},
): PromqlFunction {
  return { name, arguments: [...parameters, 'range vector'], keepsName, createKernel };
}

const counter = { isCounter: true, isPerSecond: true };
const countedChange = { isCounter: true, isPerSecond: false };
const gauge = { isCounter: false, isPerSecond: false };

export const FUNCTIONS: ReadonlyMap<string, PromqlFunction> = new Map(
  [
    ofRange('rate', () => changeKernel(counter)),
    ofRange('increase', () => changeKernel(countedChange)),
    ofRange('delta', () => changeKernel(gauge)),
    ofRange('irate', () => lastChangeKernel(counter)),
    ofRange('idelta', () => lastChangeKernel(gauge)),
    ofRange('last_over_time', () => lastKernel, { keepsName: true }),
    ofRange('count_over_time', () => countKernel),
    ofRange('present_over_time', () => presentKernel),
    ofRange('sum_over_time', sumKernel),
    ofRange('avg_over_time', averageKernel),
    ofRange('min_over_time', () => extremeKernel('min')),
    ofRange('max_over_time', () => extremeKernel('max')),
    ofRange('stdvar_over_time', () => varianceKernel(false)),
    ofRange('stddev_over_time', () => varianceKernel(true)),
    ofRange('quantile_over_time', quantileKernel, { parameters: ['scalar'] }),
  ].map((entry) => [entry.name, entry]),
);
