import { describe, expect, test } from 'bun:test';
import { BATCH_BYTES_MAX, encodeBatch } from '@overseer/shared/batch';
import { canonicalKey, checkSeed, decodeTags, keyPrefix } from '@overseer/shared/series-key';
import { type BodyProgress, startBody } from './body-progress.ts';
import { LineParser, type LineParserOptions } from './line-parser.ts';
import type { OpenBlock } from './open-blocks.ts';
import { ParserFaultError } from './parser-fault.ts';
import { PARSER_LIMITS, ParserLimitError, type ParserLimits } from './parser-limits.ts';
import { POWERS_OF_FIVE_FILE, powersOfFiveSource } from './powers-of-five.ts';
import { sipHash24 } from './siphash.ts';
import { SIPHASH_VECTORS } from './siphash-vectors.ts';

const SEED = Uint8Array.from({ length: 16 }, (_, i) => i);

async function createParser(options: Partial<LineParserOptions> = {}): Promise<LineParser> {
  const parser = await LineParser.create({ seed: SEED, partitions: 1, ...options });
  parser.defineFields('db', 'm', [
    { name: 'f', type: 'float' },
    { name: 's', type: 'string' },
  ]);
  return parser;
}

const withLimits = (limits: Partial<ParserLimits>) => createParser({ limits });

function start(parser: LineParser, errorsMax = 100): BodyProgress {
  return startBody({ database: parser.database('db'), precision: 1n, nowNs: 0n, errorsMax });
}

/** Parses a body that needs nothing done meanwhile. */
function parseAll(parser: LineParser, text: string): BodyProgress {
  const progress = start(parser);
  expect(parser.parse(Buffer.from(text), progress)).toBe('done');
  return progress;
}

/** What the only partition of a parser holds; afterwards it is empty. */
function takeAll(parser: LineParser): (OpenBlock & { keys: string[]; entries: Uint32Array })[] {
  const blocks = parser.take(0).map((block) => ({
    ...block,
    keys: announcedKeys(block),
    entries: block.announced?.fresh.slice() ?? new Uint32Array(),
  }));
  parser.reset(0);
  return blocks;
}

function announcedKeys({ announced }: OpenBlock): string[] {
  if (!announced) return [];
  const ends = [...new Uint32Array(announced.ends.slice().buffer)];
  return ends.map((end, i) =>
    decodeTags(announced.keys.slice(ends[i - 1] ?? 0, end))
      .map(({ key, value }) => `${key}=${value}`)
      .join(),
  );
}

describe('line parser', () => {
  describe('new series', () => {
    const lines = (...hosts: string[]) => hosts.map((host) => `m,host=${host} f=1 1`).join('\n');

    test('new series - no more than allowed come in, known ones any time', async () => {
      const parser = await createParser();
      parser.newSeries.allowed = 2;
      const body = Buffer.from(lines('a', 'b', 'a', 'c', 'b'));
      const progress = start(parser);
      expect(parser.parse(body, progress)).toBe('new-series');
      expect([progress.accepted, progress.line, parser.newSeries.allowed]).toEqual([3, 4, 0]);
      expect(parser.parse(body, progress)).toBe('new-series');
      parser.newSeries.allowed = 1;
      expect(parser.parse(body, progress)).toBe('done');
      expect(progress.accepted).toBe(5);
    });

    test('new series - are judged one by one when none are allowed', async () => {
      const parser = await createParser();
      parseAll(parser, lines('known'));
      parser.newSeries.allowed = 0;
      const text = lines('a', 'known', 'b', 'a', 'c');
      const body = Buffer.from(`# comment\n\n${text}\nm,host=cut s="\n`);
      const progress = start(parser);
      expect(parser.parse(body, progress)).toBe('new-series');
      const [a, b, again, c, cut, ...rest] = parser.newSeries.list();
      expect([again, rest.length]).toEqual([a as bigint, 0]);
      parser.newSeries.judge([b, cut] as bigint[], [a, c] as bigint[], 77);
      expect(parser.parse(body, progress)).toBe('done');
      expect(progress.accepted).toBe(2);
      expect(progress.errors.map(({ line, code }) => [line, code])).toEqual([
        [3, 'too-many-series'],
        [6, 'too-many-series'],
        [7, 'too-many-series'],
        [8, 'unterminated-string'],
      ]);
      expect(progress.errors[0]?.message).toBe(
        'series "m,host=a" would be one more than 77 of its database, the limit SERIES_PER_DATABASE_MAX',
      );
    });

    test('new series - more of them than are judged at a time come in portions', async () => {
      const parser = await createParser();
      parser.newSeries.allowed = 0;
      const hosts = Array.from({ length: 10_000 }, (_, i) => `h${i}`);
      const body = Buffer.from(lines(...hosts));
      const progress = start(parser);
      let questions = 0;
      for (let status = parser.parse(body, progress); status !== 'done'; questions++) {
        if (status === 'full') parser.reset(parser.fullPartition());
        else parser.newSeries.judge([...parser.newSeries.list()], [], 0);
        status = parser.parse(body, progress);
      }
      expect(progress.accepted).toBe(10_000);
      expect(questions).toBeLessThan(10);
    });
  });

  describe('announcements', () => {
    test('a series - is announced in every block until it is confirmed, and fresh once', async () => {
      const parser = await createParser();
      parseAll(parser, 'm,t=a f=1 1\nm,t=a f=1 2\nm,t=a s="x" 3\n');
      const [first, second] = takeAll(parser);
      expect(first?.keys).toEqual(['t=a']);
      expect(second?.keys).toEqual(['t=a']);
      expect(first?.entries.length).toBe(1);
      expect(second?.entries.length).toBe(0);

      parseAll(parser, 'm,t=a f=1 4\nm,t=b f=1 4\n');
      const [third] = takeAll(parser);
      expect(third?.keys).toEqual(['t=a', 't=b']);
      expect(third?.entries.length).toBe(1);

      parser.confirm(first?.entries ?? new Uint32Array(), 0);
      parseAll(parser, 'm,t=a f=1 5\nm,t=b f=1 5\n');
      expect(takeAll(parser)[0]?.keys).toEqual(['t=b']);
      parser.confirm(third?.entries ?? new Uint32Array(), 0);
      parseAll(parser, 'm,t=a f=1 6\nm,t=b f=1 6\n');
      expect(takeAll(parser)[0]?.announced).toBeUndefined();
    });

    test('a series that alternates between blocks - is announced once in each', async () => {
      const parser = await createParser();
      const lines = Array.from({ length: 40 }, (_, i) =>
        i % 2 === 0 ? `m,t=a f=1 ${i}` : `m,t=a s="x" ${i}`,
      );
      parseAll(parser, lines.join('\n'));
      expect(takeAll(parser).map(({ keys }) => keys)).toEqual([['t=a'], ['t=a']]);
    });

    test('another order of tags - is the same series, confirmed with it', async () => {
      const parser = await createParser();
      parseAll(parser, 'm,t=a,u=b f=1 1\nm,u=b,t=a f=1 2\n');
      const [block] = takeAll(parser);
      expect(block?.keys).toEqual(['t=a,u=b']);
      parser.confirm(block?.entries ?? new Uint32Array(), 0);
      parseAll(parser, 'm,u=b,t=a f=1 3\nm,t=a,u=b f=1 4\n');
      expect(takeAll(parser)[0]?.announced).toBeUndefined();
    });

    test('announceAgain - makes a series fresh again', async () => {
      const parser = await createParser();
      parseAll(parser, 'm,t=a f=1 1\n');
      const entries = takeAll(parser)[0]?.entries ?? new Uint32Array();
      parser.announceAgain(entries, 0);
      parseAll(parser, 'm,t=a f=1 2\n');
      expect(takeAll(parser)[0]?.entries).toEqual(entries);
    });

    test('forgetConfirmations - makes every series fresh again', async () => {
      const parser = await createParser();
      parseAll(parser, 'm,t=a f=1 1\n');
      const entries = takeAll(parser)[0]?.entries ?? new Uint32Array();
      parser.confirm(entries, 0);
      parser.forgetConfirmations();
      parseAll(parser, 'm,t=a f=1 2\n');
      const [block] = takeAll(parser);
      expect(block?.keys).toEqual(['t=a']);
      expect(block?.entries).toEqual(entries);
    });

    test('a full cache - starts over without losing lines, and old entries mean nothing', async () => {
      const parser = await withLimits({ seriesMax: 4 });
      const hosts = (count: number) =>
        Buffer.from(Array.from({ length: count }, (_, i) => `m,t=h${i} f=${i} 1`).join('\n'));
      const progress = start(parser);
      let rows = 0;
      let old: Uint32Array | undefined;
      while (parser.parse(hosts(10), progress) === 'full') {
        expect(parser.fullPartition()).toBe(0);
        for (const block of takeAll(parser)) {
          rows += block.rows;
          old ??= block.entries;
        }
      }
      for (const block of takeAll(parser)) rows += block.rows;
      expect([rows, progress.accepted]).toEqual([10, 10]);
      expect(parser.stats().cacheResets).toBe(2);
      parser.confirm(old ?? new Uint32Array(), 0);
      parseAll(parser, 'm,t=h9 f=1 2\n');
      expect(takeAll(parser)[0]?.keys).toEqual(['t=h9']);
    });
  });

  describe('collisions', () => {
    /** With ids of 4 bits there are 16 series at most. */
    const body = Array.from({ length: 64 }, (_, i) => `m,t=h${i} f=1 ${i}`).join('\n');

    test('two keys with one id - the later one is rejected with a code of its own', async () => {
      const parser = await createParser({ idBits: 4 });
      const progress = parseAll(parser, body);
      expect(progress.accepted).toBeLessThanOrEqual(16);
      expect(progress.accepted + progress.rejected).toBe(64);
      expect(new Set(progress.errors.map(({ code }) => code))).toEqual(
        new Set(['series-collision']),
      );
      const [first] = progress.errors;
      expect(parseAll(parser, `${first?.text}\nm,t=h0 f=1 9`)).toMatchObject({
        accepted: 1,
        rejected: 1,
      });
    });

    test('refuse - an id that belongs to another key is refused, before and after it was seen', async () => {
      const key = canonicalKey(keyPrefix('db', 'm'), Buffer.from('t\0a'));
      const id = sipHash24(SEED, key);
      const check = sipHash24(checkSeed(SEED), key);

      const before = await createParser();
      before.refuse(id, check + 1n);
      expect(parseAll(before, 'm,t=a f=1 1\nm,t=b f=1 1').errors.map((e) => e.toJSON())).toEqual([
        {
          line: 1,
          code: 'series-collision',
          message: 'the series id of "m,t=a" belongs to another series; change a tag',
          text: 'm,t=a f=1 1',
        },
      ]);

      const after = await createParser();
      expect(parseAll(after, 'm,t=a f=1 1\nm,t=a f=1 2')).toMatchObject({ accepted: 2 });
      after.refuse(id, check + 1n);
      expect(parseAll(after, 'm,t=a f=1 3\nm,t=a f=1 4')).toMatchObject({ rejected: 2 });

      const owner = await createParser();
      owner.refuse(id, check);
      expect(parseAll(owner, 'm,t=a f=1 1')).toMatchObject({ accepted: 1 });
    });
  });

  describe('partitions', () => {
    test('touched - names the partitions that got rows since it was asked', async () => {
      const parser = await createParser({ partitions: 32 });
      expect(parser.touched()).toBe(0);
      parseAll(parser, 'm,t=a f=1 1\nbad\n');
      const touched = parser.touched() >>> 0;
      const partition = Math.log2(touched);
      expect(parser.touched()).toBe(0);
      const series = parser.take(partition)[0]?.series ?? new Uint8Array(8);
      const [id = 0n] = new BigUint64Array(series.slice().buffer);
      expect(BigInt(partition)).toBe(id >> 59n);
    });

    test('a partition at its target - is full behind the line that filled it', async () => {
      const parser = await withLimits({ openBytesTarget: 2000 });
      const text = Array.from({ length: 1000 }, (_, i) => `m,t=a f=${i} ${i}\n`).join('');
      const progress = start(parser);
      let batches = 0;
      let rows = 0;
      while (parser.parse(Buffer.from(text), progress) === 'full') {
        const { bytes, rows: pending } = parser.pending(0);
        expect(bytes).toBeGreaterThanOrEqual(2000);
        expect(bytes).toBeLessThan(2100);
        expect(rows + pending).toBe(progress.accepted);
        rows += takeAll(parser).reduce((total, block) => total + block.rows, 0);
        expect(parser.pending(0)).toEqual({ rows: 0, bytes: 0 });
        batches++;
      }
      expect(batches).toBeGreaterThan(10);
    });

    test('a longest line on top of all - stays below the largest message', async () => {
      const parser = await createParser();
      const { openBytesTarget, lineBytesMax, stringBytesMax } = parser.limits;
      const progress = start(parser);
      const short = Buffer.from(`m,t=a f=1,s="${'x'.repeat(100)}" 1\n`.repeat(10_000));
      while (parser.pending(0).bytes < openBytesTarget - 1000) {
        const step = startBody({ ...progress, database: progress.database });
        parser.parse(short.subarray(0, 118), step);
      }
      parser.defineFields('db', 'wide', [
        ...Array.from({ length: 3 }, (_, i) => ({ name: `s${i}`, type: 'string' as const })),
        ...Array.from({ length: 900 }, (_, i) => ({ name: `f${i}`, type: 'float' as const })),
      ]);
      const strings = [0, 1, 2].map((i) => `s${i}="${'y'.repeat(stringBytesMax)}"`);
      const floats = Array.from({ length: 900 }, (_, i) => `f${i}=1`);
      const rest = lineBytesMax - [...strings, ...floats].join().length - 12;
      const tag = 'v'.repeat(Math.min(rest, 60_000));
      const line = `wide,t=${tag} ${[...strings, ...floats].join()} 1`;
      expect(line.length).toBeLessThanOrEqual(lineBytesMax);
      expect(line.length).toBeGreaterThan(lineBytesMax - 10_000);
      parser.parse(Buffer.from(line), start(parser));
      const encoded = encodeBatch({ installation: '01234567', blocks: parser.take(0) }).length;
      expect(encoded).toBeGreaterThan(openBytesTarget + 200_000);
      expect(encoded).toBeLessThanOrEqual(parser.pending(0).bytes);
      expect(encoded).toBeLessThan(BATCH_BYTES_MAX);
    });
  });

  describe('fields', () => {
    test('unknown fields - are listed once, with the type seen first, and nothing is kept', async () => {
      const parser = await createParser();
      const body = Buffer.from('m f=1 1\nm g=1i,f=1 2\nm g=1,f=2 3\nnew g=1u,f="x" 4\nm g=2i 5\n');
      const progress = start(parser);
      expect(parser.parse(body, progress)).toBe('unknown-fields');
      expect(progress).toMatchObject({ offset: 8, line: 2, accepted: 1 });
      expect(parser.unknownFields()).toEqual([
        { database: 'db', measurement: 'm', name: 'g', type: 'integer' },
        { database: 'db', measurement: 'new', name: 'g', type: 'unsigned' },
        { database: 'db', measurement: 'new', name: 'f', type: 'string' },
      ]);
      expect(parser.pending(0).rows).toBe(1);
      expect(parser.parse(body, progress)).toBe('unknown-fields');
      expect(progress.offset).toBe(8);
    });

    test('unknown fields - stay unknown until they are defined as somebody decided', async () => {
      const parser = await createParser();
      const body = Buffer.from('m g=1i 1\n');
      const progress = start(parser);
      parser.parse(body, progress);
      parser.defineFields('db', 'm', [{ name: 'g', type: 'float' }]);
      expect(parser.parse(body, progress)).toBe('done');
      expect(progress.errors[0]?.message).toBe(
        'field "g" of measurement "m" is float, not integer',
      );
    });

    test('unknown fields - are not listed behind a line that is rejected and has others', async () => {
      const parser = await createParser();
      const body = Buffer.from('m f=1 1\nm h=1 2\nm f=1i,g=1 3\nm g=1i 4\n');
      const progress = start(parser);
      expect(parser.parse(body, progress)).toBe('unknown-fields');
      expect(parser.unknownFields().map(({ name }) => name)).toEqual(['h']);
      parser.defineFields('db', 'm', [{ name: 'h', type: 'float' }]);
      expect(parser.parse(body, progress)).toBe('unknown-fields');
      expect(progress).toMatchObject({ accepted: 2, rejected: 1, line: 4 });
      expect(parser.unknownFields().map(({ name }) => name)).toEqual(['g']);
    });

    test('unknown fields - are bounded', async () => {
      const parser = await withLimits({ unknownFieldsMax: 5, fieldsMax: 10_000 });
      const lines = Array.from({ length: 100 }, (_, i) => `m a${i}=1,b${i}=1 1`);
      parser.parse(Buffer.from(lines.join('\n')), start(parser));
      expect(parser.unknownFields().length).toBe(6);
    });

    test('defineFields - may come again, but not with another type', async () => {
      const parser = await createParser();
      parser.defineFields('db', 'm', [{ name: 'f', type: 'float' }]);
      expect(() => parser.defineFields('db', 'm', [{ name: 'f', type: 'integer' }])).toThrow(
        '"f" of "m" is float',
      );
    });

    test('a full catalogue - is an error of those who define, and of lines', async () => {
      const parser = await withLimits({ catalogueBytesMax: 300 });
      const progress = start(parser);
      parser.parse(Buffer.from(`m ${'g'.repeat(200)}=1`), progress);
      expect(progress.errors[0]?.code).toBe('catalogue-full');
      const fields = Array.from({ length: 20 }, (_, i) => ({
        name: `x${i}`,
        type: 'float' as const,
      }));
      expect(() => parser.defineFields('db', 'm', fields)).toThrow(ParserLimitError);
    });
  });

  describe('faults', () => {
    test('a trap - is told, and ends this parser, not the process', async () => {
      const parser = await withLimits({
        seriesMax: 1000,
        seriesBytesMax: 1 << 20,
        catalogueBytesMax: 1 << 18,
        shapesMax: 64,
        openBytesTarget: 64 << 10,
        blocksMax: 256,
      });
      parseAll(parser, 'm,t=a f=1 1\nm,t=b f=1 1\n');
      const memory = parser.take(0)[0]?.series.buffer as ArrayBuffer;
      new Uint8Array(memory).fill(0xff);
      expect(() => parseAll(parser, 'm,t=a f=1 2\nm,t=b f=1 2\n')).toThrow(ParserFaultError);
      expect(() => parser.take(0)).toThrow('the parser failed in parse: ');
      parser.announceAgain(new Uint32Array(1), 0);
      expect(parseAll(await createParser(), 'm,t=a f=1 2\n').accepted).toBe(1);
    });
  });

  describe('bodies', () => {
    test('a line longer than a piece - is parsed, also piece by piece', async () => {
      const parser = await withLimits({ pieceBytes: 64 });
      const line = `m s="${'x'.repeat(5000)}" 1\n`;
      const body = Buffer.from(`m f=1 1\n${line}m f=2 2\n${line}`);
      const progress = start(parser);
      let status = parser.parse(body, progress, 1);
      for (let calls = 0; status === 'paused' && calls < 1000; calls++) {
        status = parser.parse(body, progress, 1);
      }
      expect(status).toBe('done');
      expect(progress).toMatchObject({ accepted: 4, rejected: 0, offset: body.length });
    });

    test.each([256, 128, 64])(
      'a body of strings that stay open - is soon rejected, lines being limited to %i KiB',
      async (lineKiB) => {
        const parser = await withLimits({ lineBytesMax: lineKiB << 10 });
        // Each line closes the string that is open before it, and opens another: there is no end as far as a line may reach, and
        // looking so far for each would take minutes.
        const count = 1 << 20;
        const progress = parseAll(parser, 'm a=""b123456="\n'.repeat(count));
        expect(progress).toMatchObject({ accepted: 0, rejected: count });
        expect(new Set(progress.errors.map(({ code }) => code))).toEqual(
          new Set(['unterminated-string']),
        );
      },
    );

    test('errors - are listed up to the maximum and counted beyond', async () => {
      const parser = await createParser();
      const progress = start(parser, 3);
      parser.parse(Buffer.from('bad\n'.repeat(2000)), progress);
      expect(progress.rejected).toBe(2000);
      expect(progress.errors.map(({ line }) => line)).toEqual([1, 2, 3]);
      const many = start(parser, 1000);
      parser.parse(Buffer.from('bad\n'.repeat(2000)), many);
      expect(many.rejected).toBe(2000);
      expect(many.errors[0]?.line).toBe(1);
    });

    test('text of an error - is cut to 100 characters, whole ones', async () => {
      const parser = await createParser();
      const [error] = parseAll(parser, `m,t=${'ü'.repeat(300)} f=x`).errors;
      expect(error?.text).toBe(`m,t=${'ü'.repeat(96)}`);
    });

    test('text of an error - has no line end', async () => {
      const parser = await createParser();
      const { errors } = parseAll(parser, 'one bad\r\ntwo bad\n\r\nthree bad\r');
      expect(errors.map(({ text }) => text)).toEqual(['one bad', 'two bad', 'three bad']);
    });

    test('several bodies - share their blocks, each with its own progress', async () => {
      const parser = await createParser();
      const one = parseAll(parser, 'm,t=a f=1 1\nbad');
      const two = parseAll(parser, 'm,t=a f=2 2\n');
      expect([one.accepted, one.rejected, two.accepted, two.rejected]).toEqual([1, 1, 1, 0]);
      expect(takeAll(parser).map(({ rows }) => rows)).toEqual([2]);
    });
  });

  describe('create', () => {
    test.each([
      ['a short seed', { seed: new Uint8Array(8) }, 'the seed has 8 bytes'],
      ['three partitions', { partitions: 3 }, 'partitions is 3'],
      ['too many partitions', { partitions: 64 }, 'partitions is 64'],
      ['no bits', { idBits: 0 }, 'idBits is 0'],
      ['a limit of 0', { limits: { tagsMax: 0 } }, 'tagsMax is 0'],
      ['a cache of one line', { limits: { seriesBytesMax: 1000 } }, 'seriesBytesMax is 1000'],
    ])('%s - is refused', async (_, options, message) => {
      expect(createParser(options)).rejects.toThrow(message);
    });

    test('more memory than there may be - is refused', async () => {
      const limits = { seriesBytesMax: 1 << 30, catalogueBytesMax: 1 << 30 };
      expect(withLimits(limits)).rejects.toThrow(ParserLimitError);
    });

    test('database - has a name of 1 to 128 bytes, and there may be so many', async () => {
      const parser = await withLimits({ databasesMax: 2 });
      expect(parser.database('db')).toBe(parser.database('db'));
      for (const name of ['', 'x'.repeat(129), 'a\0b']) {
        expect(() => parser.database(name)).toThrow(RangeError);
      }
      parser.database('x'.repeat(128));
      expect(() => parser.database('third')).toThrow('databasesMax, 2');
    });

    test('memory - is what the limits bound, and does not grow', async () => {
      const parser = await createParser();
      const { parserMemoryBytes } = parser.stats();
      expect(parserMemoryBytes).toBeLessThan(1 << 30);
      for (let round = 0; round < 20; round++) {
        parseAll(
          parser,
          Array.from({ length: 500 }, (_, i) => `m,t=${round}-${i} f=1 1`).join('\n'),
        );
        takeAll(parser);
      }
      expect(parser.stats().parserMemoryBytes).toBe(parserMemoryBytes);
      expect(parser.limits).toEqual(PARSER_LIMITS);
    });
  });
});

describe('siphash', () => {
  test('reference - gives the official vectors', () => {
    const input = Uint8Array.from({ length: SIPHASH_VECTORS.length }, (_, i) => i);
    const found = SIPHASH_VECTORS.map((_, length) => {
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setBigUint64(0, sipHash24(SEED, input.subarray(0, length)), true);
      return Buffer.from(bytes).toString('hex');
    });
    expect(found).toEqual([...SIPHASH_VECTORS]);
  });
});

describe('powers of five', () => {
  test('table - is what its program makes', async () => {
    expect(await Bun.file(POWERS_OF_FIVE_FILE).text()).toBe(powersOfFiveSource());
  });
});
