import type { ValueType } from '../expression.ts';
import type { WindowAggregate } from '../series-source.ts';
import type { StepGrid } from '../step-grid.ts';
import { changeKernel, lastChangeKernel } from '../windows/rate-kernels.ts';
import {
  countingKernel,
  isChange,
  isReset,
  predictionKernel,
  slopeKernel,
} from '../windows/trend-kernels.ts';
import {
  averageKernel,
  countKernel,
  extremeKernel,
  lastKernel,
  presentKernel,
  quantileKernel,
  sumKernel,
  varianceKernel,
} from '../windows/window-kernels.ts';
import type { WindowKernel } from '../windows/windows.ts';
import type { RangeFunction } from './function.ts';

function ofRange(
  name: string,
  createKernel: (grid: StepGrid) => WindowKernel,
  {
    keepsName = false,
    aggregate = undefined as WindowAggregate | undefined,
    before = [] as readonly ValueType[],
    behind = [] as readonly ValueType[],
  } = {},
): RangeFunction {
  return {
    kind: 'range',
    name,
    arguments: [...before, 'range vector', ...behind],
    optionalCount: 0,
    isVariadic: false,
    returns: 'instant vector',
    keepsName,
    aggregate,
    createKernel,
  };
}

const counter = { isCounter: true, isPerSecond: true };
const countedChange = { isCounter: true, isPerSecond: false };
const gauge = { isCounter: false, isPerSecond: false };

/** Functions of the samples of a range. */
export const RANGE_FUNCTIONS: readonly RangeFunction[] = [
  ofRange('rate', () => changeKernel(counter)),
  ofRange('increase', () => changeKernel(countedChange)),
  ofRange('delta', () => changeKernel(gauge)),
  ofRange('irate', () => lastChangeKernel(counter)),
  ofRange('idelta', () => lastChangeKernel(gauge)),
  ofRange('last_over_time', () => lastKernel, { keepsName: true }),
  ofRange('count_over_time', () => countKernel, { aggregate: 'count' }),
  ofRange('present_over_time', () => presentKernel),
  ofRange('sum_over_time', sumKernel, { aggregate: 'sum' }),
  ofRange('avg_over_time', averageKernel, { aggregate: 'avg' }),
  ofRange('min_over_time', () => extremeKernel('min'), { aggregate: 'min' }),
  ofRange('max_over_time', () => extremeKernel('max'), { aggregate: 'max' }),
  ofRange('stdvar_over_time', () => varianceKernel(false)),
  ofRange('stddev_over_time', () => varianceKernel(true)),
  ofRange('quantile_over_time', quantileKernel, { before: ['scalar'] }),
  ofRange('changes', () => countingKernel(isChange)),
  ofRange('resets', () => countingKernel(isReset)),
  ofRange('deriv', slopeKernel),
  ofRange('predict_linear', predictionKernel, { behind: ['scalar'] }),
];
