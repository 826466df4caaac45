import type { BenchmarkResult } from '../results.ts';
import { describeResult, formatNumber, formatTable } from '../table.ts';
import { SEPARATOR } from './contender.ts';
import { TIME_SHARES } from './question-trace.ts';

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
  const shares = queries.map((query) => [
    query,
    ...[...TIME_SHARES, 'statements'].map((share) => figure(query, first, share)),
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
    ...processes.map((process) => `${first}: ${withoutUnit(process)}`),
    ...askers.map((asker) => `${asker} MiB`),
  ];
  const sharesHead = [`ms of ${first}`, ...TIME_SHARES.map(withoutUnit), 'statements'];
  const tables = [
    [timesHead, ...times],
    [sharesHead, ...shares],
    [costsHead, ...costs],
  ].map((rows) => formatTable(rows, 1).map((line) => `  ${line}`));
  return [describeResult(name, result), ...tables.map((lines) => lines.join('\n'))].join('\n\n');
}

function partsOf(name: string): [query: string, asker: string] {
  const at = name.lastIndexOf(SEPARATOR);
  return [name.slice(0, at), name.slice(at + SEPARATOR.length)];
}

function withoutUnit(figure: string): string {
  return figure.replace(/(Cpu)?Ms$/, '');
}

function cell(value: number | undefined): string {
  return value === undefined ? '' : formatNumber(value);
}
