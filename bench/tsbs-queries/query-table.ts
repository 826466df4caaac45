import type { BenchmarkResult } from '../results.ts';
import { describeResult, formatNumber, formatTable } from '../table.ts';
import { SEPARATOR } from './contender.ts';

/** Prints a result as a line a query: of each asker median and 95th percentile, then what the first one's are of the others'. */
export function formatQueries(name: string, result: BenchmarkResult): string {
  const queries = [...new Set(result.contenders.map((contender) => partsOf(contender.name)[0]))];
  const askers = [...new Set(result.contenders.map((contender) => partsOf(contender.name)[1]))];
  const figures = new Map(
    result.contenders.map((contender) => [contender.name, contender.figures]),
  );
  const ratios = new Map(
    result.ratios.map(({ name, figure, ratio }) => [`${name} ${figure}`, ratio]),
  );
  const [first = '', ...others] = askers;
  const figure = (query: string, asker: string, of: string) =>
    cell(figures.get(`${query}${SEPARATOR}${asker}`)?.[of]?.median);
  const ratio = (query: string, other: string, of: string) =>
    cell(ratios.get(`${query}${SEPARATOR}${first} / ${other} ${of}`)?.median);
  const times = queries.map((query) => [
    query,
    figure(query, first, 'rows'),
    ...askers.flatMap((asker) => [
      figure(query, asker, 'answerMedianMs'),
      figure(query, asker, 'answerP95Ms'),
    ]),
    ...others.flatMap((other) => [
      ratio(query, other, 'answerMedianMs'),
      ratio(query, other, 'answerP95Ms'),
    ]),
  ]);
  const processes = Object.keys(result.contenders[0]?.figures ?? {}).filter((of) =>
    of.endsWith('CpuMs'),
  );
  const costs = queries.map((query) => [
    query,
    figure(query, first, 'answerBytes'),
    ...askers.map((asker) => figure(query, asker, 'cpuMs')),
    ...processes.map((process) => figure(query, first, process)),
    ...askers.map((asker) => figure(query, asker, 'memoryPeakMiB')),
  ]);
  const timesHead = [
    'ms',
    'rows',
    ...askers.flatMap((asker) => [asker, '95th']),
    ...others.flatMap((other) => [`${first} / ${other}`, '95th']),
  ];
  const costsHead = [
    'CPU ms of a question',
    'bytes',
    ...askers,
    ...processes.map((process) => `${first}: ${process.replace('CpuMs', '')}`),
    ...askers.map((asker) => `${asker} MiB`),
  ];
  return [
    describeResult(name, result),
    ...formatTable([timesHead, ...times], 1).map((line) => `  ${line}`),
    '',
    ...formatTable([costsHead, ...costs], 1).map((line) => `  ${line}`),
  ].join('\n');
}

function partsOf(name: string): [query: string, asker: string] {
  const at = name.lastIndexOf(SEPARATOR);
  return [name.slice(0, at), name.slice(at + SEPARATOR.length)];
}

function cell(value: number | undefined): string {
  return value === undefined ? '' : formatNumber(value);
}
