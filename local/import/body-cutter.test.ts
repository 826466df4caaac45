import { expect, test } from 'bun:test';
import { type Body, BodyCutter, halve } from './body-cutter.ts';

/** Statements that each end with a newline, and are hard to cut. */
const STATEMENTS = [
  'm f=1 1\n',
  'm s="a\nb\n" 2\n',
  'm,t=" f=1 3\n',
  '# a "comment\n',
  '\n',
  'm s="\\"\n\\\\",t="x" 4\n',
  '"m",t"=v" "f"=1 5\n',
  'm a\\="b=1 6\n',
  ' m,t=a\\ =" f="x y\n=" 7\n',
  'm never="closed 8\n',
  'm f=1 9\r\n',
  `m long="${'x\n'.repeat(100)}" 10\n`,
];

function cut(text: string, bodyBytes: number, chunkBytes: number): Body[] {
  const bytes = Buffer.from(text);
  const cutter = new BodyCutter(bodyBytes);
  const bodies: Body[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    bodies.push(...cutter.push(bytes.subarray(at, at + chunkBytes)));
  }
  bodies.push(...cutter.end());
  return bodies;
}

/** Places where the text may be cut. */
function endsOf(statements: readonly string[]): Set<number> {
  const ends = new Set<number>();
  let end = 0;
  for (const statement of statements) {
    end += statement.length;
    ends.add(end);
  }
  return ends;
}

/** Some order of all, each several times. */
function shuffled(seed: number): string[] {
  let state = seed;
  const next = () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state;
  };
  return Array.from({ length: 60 }, () => STATEMENTS[next() % STATEMENTS.length] as string).filter(
    // A string that is never closed ends where the next one begins: only at the end it is one line.
    (statement) => !statement.includes('never'),
  );
}

test('body cutter - cuts at ends of statements alone, wherever chunks end', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const statements = [...shuffled(seed), 'm never="closed 8\n', 'm f=1 9'];
    const text = statements.join('');
    const ends = endsOf(statements);
    for (const [bodyBytes, chunkBytes] of [
      [1, 7],
      [20, 3],
      [64, 1],
      [200, 1000],
      [100_000, 11],
    ] as const) {
      const bodies = cut(text, bodyBytes, chunkBytes);
      expect(Buffer.concat(bodies.map(({ bytes }) => bytes)).toString()).toBe(text);
      for (const { end, start, bytes } of bodies) {
        expect(ends.has(end.offset)).toBe(true);
        expect(end.offset - start.offset).toBe(bytes.length);
        expect(end.line).toBe(text.slice(0, end.offset).split('\n').length);
      }
    }
  }
});

test('body cutter - bodies are as long as they may be', () => {
  const line = 'm f=1 1\n';
  const bodies = cut(line.repeat(100), 10 * line.length + 3, 50);
  expect(bodies.map(({ bytes }) => bytes.length)).toEqual(Array(10).fill(10 * line.length));
});

test('body cutter - a statement longer than a body is a body alone', () => {
  const long = `m s="${'x\n'.repeat(500)}" 1\n`;
  const bodies = cut(`m f=1 1\n${long}m f=2 2\n`, 100, 64);
  expect(bodies.map(({ bytes }) => bytes.toString())).toEqual(['m f=1 1\n', long, 'm f=2 2\n']);
  expect(bodies.map(({ start }) => start.line)).toEqual([1, 2, 503]);
});

test('body cutter - halves of a body', () => {
  const [body] = cut('m s="a\nb" 1\nm f=1 2\nm f=1 3\n', 1000, 1000);
  const halves = halve(body as Body);
  expect(halves?.map(({ bytes }) => bytes.toString())).toEqual([
    'm s="a\nb" 1\n',
    'm f=1 2\nm f=1 3\n',
  ]);
  expect(halves?.[1].start).toEqual({ offset: 12, line: 3 });
  const [single] = cut('m s="a\nb" 1\n', 1000, 1000);
  expect(halve(single as Body)).toBeUndefined();
});

test('body cutter - nothing makes nothing', () => {
  expect(cut('', 10, 10)).toEqual([]);
  expect(cut('m f=1', 10, 10).length).toBe(1);
});
