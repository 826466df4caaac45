import { expect, test } from 'bun:test';
import type { SyntaxKind } from '@overseer/shared';
import type { Pipeline } from '../testing/pipeline.ts';
import {
  failureOf,
  instant,
  queryPipelineOfTest,
  waitForStatements,
  withLockedPoints,
} from './testing/query-pipeline.ts';
import { askStore } from './testing/store-answer.ts';

const start = queryPipelineOfTest();

const ask = ({ ingress }: Pipeline, kind: SyntaxKind, expr: string) =>
  askStore(ingress.bus, kind, { expr });

test('format and parse - answer with one text, or tell what is wrong and where', async () => {
  const of = await start();
  const formatted = await ask(of, 'format', 'sum(a)by(b)');
  expect(formatted.parts).toEqual([{ kind: 'string', value: 'sum by (b) (a)' }]);
  expect(formatted.end.warnings).toEqual([]);
  const [tree] = (await ask(of, 'parse', '1')).parts;
  expect(tree).toEqual({ kind: 'string', value: '{"type":"numberLiteral","val":"1"}' });
  expect(await failureOf(ask(of, 'format', 'sum('))).toMatchObject({
    kind: 'bad_data',
    position: { line: 1, column: 5, offset: 4 },
  });
  expect(await failureOf(ask(of, 'parse', ''))).toMatchObject({ kind: 'bad_data' });
});

test('format and parse - wait neither for a turn nor for PostgreSQL', async () => {
  const of = await start({ QUERIES_MAX: '1' });
  await withLockedPoints(of, async () => {
    const running = failureOf(instant(of));
    await waitForStatements(of, 1);
    expect((await ask(of, 'format', 'a')).parts).toHaveLength(1);
    await of.postgres.kill();
    expect((await ask(of, 'parse', 'a')).parts).toHaveLength(1);
    await running;
  }).catch(() => undefined);
  await of.postgres.restart();
});
