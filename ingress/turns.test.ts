import { expect, test } from 'bun:test';
import { Turns } from './turns.ts';

const PIECE_BYTES = 128 * 1024;

/** Takes so many turns one after the other, as a body of so many pieces does; tells of each. */
async function takeTurns(
  turns: Turns,
  client: string,
  bytes: number,
  count: number,
  order: string[],
): Promise<void> {
  for (let i = 0; i < count; i++) {
    const turn = turns.take(client, bytes);
    if (turn) await turn;
    order.push(client);
  }
}

test('turns - a client has one after at most one piece of each other, however many they want', async () => {
  const turns = new Turns();
  const order: string[] = [];
  const flood = Array.from({ length: 50 }, () => takeTurns(turns, 'flood', PIECE_BYTES, 4, order));
  const small = takeTurns(turns, 'small', 100, 20, order);
  await small;
  const piecesOfFlood = order.filter((client) => client === 'flood').length;
  expect(piecesOfFlood).toBeLessThanOrEqual(22);
  await Promise.all(flood);
  expect(order.length).toBe(220);
  expect(turns.clients).toBe(0);
});

test('turns - bytes are shared, not turns', async () => {
  const turns = new Turns();
  const order: string[] = [];
  const large = Promise.all(
    Array.from({ length: 10 }, () => takeTurns(turns, 'large', PIECE_BYTES, 4, order)),
  );
  const small = Promise.all(
    Array.from({ length: 40 }, () => takeTurns(turns, 'small', PIECE_BYTES / 4, 10, order)),
  );
  await large;
  const ofSmall = order.filter((client) => client === 'small').length;
  // 40 turns of a whole piece against those of a quarter and its overhead.
  expect(ofSmall).toBeGreaterThan(2.5 * 40);
  expect(ofSmall).toBeLessThan(4.5 * 40);
  await small;
});

test('turns - who is alone does not wait until a round is full', () => {
  const turns = new Turns();
  expect(turns.take('a', 1000)).toBeUndefined();
  expect(turns.take('a', 1000)).toBeUndefined();
  expect(turns.take('a', PIECE_BYTES)).toBeUndefined();
  expect(turns.take('a', 1000)).toBeInstanceOf(Promise);
});
