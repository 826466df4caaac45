import { expect, test } from 'bun:test';
import type { StreamState } from '@overseer/shared';
import { findProblem } from './points-stream.ts';

const PAYLOAD_BYTES_MAX = 1_048_576;

const FIT: StreamState = {
  created: '2026-01-01T00:00:00Z',
  firstSequence: 1,
  lastSequence: 0,
  messages: 0,
  bytes: 0,
  bytesMax: 1e9,
  discardsNew: true,
  onFile: true,
  limitsRetention: true,
  subjects: ['points.*'],
  metadata: { 'overseer-partitions': '4', 'overseer-format': '1' },
};

test('points stream - one that the store made is fit', () => {
  expect(findProblem(FIT, PAYLOAD_BYTES_MAX)).toBeUndefined();
  const newer = { ...FIT.metadata, 'overseer-format': '2' };
  expect(findProblem({ ...FIT, metadata: newer }, PAYLOAD_BYTES_MAX)).toBeUndefined();
  const listed = ['points.0', 'points.1', 'points.2', 'points.3'];
  expect(findProblem({ ...FIT, subjects: listed }, PAYLOAD_BYTES_MAX)).toBeUndefined();
});

test('points stream - what is wrong is named', () => {
  const problems: [Partial<StreamState>, string][] = [
    [{ onFile: false }, 'must be on file'],
    [{ limitsRetention: false }, 'must have the retention "limits"'],
    [{ discardsNew: false }, 'must refuse new ones'],
    [{ metadata: {} }, 'format ""'],
    [{ metadata: { ...FIT.metadata, 'overseer-format': '3' } }, 'format "3"'],
    [{ metadata: { ...FIT.metadata, 'overseer-partitions': '3' } }, '"3" partitions'],
    [{ metadata: { ...FIT.metadata, 'overseer-partitions': '64' } }, '"64" partitions'],
    [{ metadata: { ...FIT.metadata, 'overseer-partitions': '0' } }, '"0" partitions'],
    [{ subjects: ['points.0', 'points.1'] }, 'does not take the subject points.2'],
  ];
  for (const [change, problem] of problems) {
    expect(findProblem({ ...FIT, ...change }, PAYLOAD_BYTES_MAX)).toContain(problem);
  }
  expect(findProblem(undefined, PAYLOAD_BYTES_MAX)).toContain('no stream POINTS');
  expect(findProblem(FIT, 65_536)).toContain('max_payload');
});
