import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { Samples, TestOverseer } from '../testing/mod.ts';
import { readLimits } from './limits-table.ts';

setDefaultTimeout(120_000);

const SERVICES = ['ingress', 'store', 'processor', 'frontend'] as const;

let overseer: TestOverseer;
/** What each service tells at /metrics. */
let texts: readonly string[];

beforeAll(async () => {
  overseer = await TestOverseer.start({ environment: { LOG_LEVEL: 'warn' } });
  texts = await Promise.all(
    SERVICES.map(async (name) => (await fetch(`${overseer.processes[name].url}/metrics`)).text()),
  );
});

afterAll(() => overseer?.stop());

/** Lines that begin so, of metrics of Overseer's own. */
function ownLines(kind: '# HELP' | '# TYPE'): string[] {
  const lines = texts.flatMap((text) => text.split('\n'));
  return lines.filter((line) => line.startsWith(`${kind} overseer_`));
}

test('limits - each of ARCHITECTURE.md is seen by metrics that a running system has', async () => {
  const limits = await readLimits();
  expect(limits.length).toBeGreaterThan(30);
  expect(limits.filter(({ seenBy }) => seenBy.length === 0)).toEqual([]);
  const told = texts.map((text) => new Samples(text));
  const missing = limits.flatMap(({ what, seenBy }) =>
    seenBy
      .filter(({ name, labels }) =>
        Object.keys(labels).length === 0
          ? !told.some(({ names }) => names.has(name))
          : told.every((samples) => samples.sum(name, labels) === undefined),
      )
      .map((metric) => ({ what, metric })),
  );
  expect(missing).toEqual([]);
});

test('metrics - names say by their end what they count, and in which unit', () => {
  const types = ownLines('# TYPE').map((line) => line.split(' ').slice(2));
  expect(types.length).toBeGreaterThan(150);
  expect(types.filter(([name = '']) => !/^[a-z][a-z0-9_]*$/.test(name))).toEqual([]);
  const isCounter = ([, type]: string[]) => type === 'counter';
  expect(types.filter((metric) => isCounter(metric) !== metric[0]?.endsWith('_total'))).toEqual([]);
  const otherUnits = /_(ms|milliseconds|minutes|kib|mib|kilobytes|percent)(_|$)/;
  expect(types.filter(([name = '']) => otherUnits.test(name))).toEqual([]);
});

test('metrics - helps are in one voice: a capital, half a sentence, no full stop', () => {
  const helps = ownLines('# HELP');
  expect(helps.filter((help) => !/^# HELP \w+ [A-Z0-9].*[^.]$/.test(help))).toEqual([]);
});
