import { expect, test } from 'bun:test';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { LogLine } from './line-text.ts';
import { KINDS_MAX, TROUBLES_MAX } from './repetitions.ts';

const SPEAKER = join(import.meta.dir, 'testing', 'speaker.ts');

/** What a process prints that logs so, and ends. */
async function outputOf(
  speech: string,
  environment: Readonly<Record<string, string>> = {},
  streams: 'output' | 'both' = 'output',
): Promise<string> {
  const child = Bun.spawn([process.execPath, SPEAKER, speech], {
    env: { ...process.env, LOG_LEVEL: 'info', LOG_FORMAT: 'auto', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [text, errors] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  await child.exited;
  return streams === 'both' ? text + errors : text;
}

async function linesOf(
  speech: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<LogLine[]> {
  const text = await outputOf(speech, environment);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

test('log - a line is JSON with time, level, service and instance', async () => {
  const [line] = await linesOf('levels');
  expect(line).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    service: 'speaker',
    pid: expect.any(Number),
    instance: hostname(),
    port: 8086,
    msg: 'of info',
  });
});

test('log - LOG_LEVEL says from which level on; one that is not valid is the services’ to refuse', async () => {
  const levels = async (level: string) =>
    (await linesOf('levels', { LOG_LEVEL: level })).map((line) => line.level);
  expect(await levels('trace')).toEqual(['trace', 'debug', 'info', 'warn', 'error', 'fatal']);
  expect(await levels('error')).toEqual(['error', 'fatal']);
  expect(await levels('loud')).toEqual(['info', 'warn', 'error', 'fatal']);
});

test('log - the same error ten thousand times is told at once, and then counted', async () => {
  const lines = await linesOf('flood');
  expect(lines.slice(0, TROUBLES_MAX).map(({ attempt }) => attempt)).toEqual([0, 1, 2]);
  expect(lines[TROUBLES_MAX]?.msg).toBe('done');
  const [count, ...rest] = lines.slice(TROUBLES_MAX + 1);
  expect(count).toMatchObject({
    level: 'error',
    msg: expect.stringMatching(/^a write failed: 9,997 more times in \d+ s$/),
    repeated: 10_000 - TROUBLES_MAX,
    reason: 'no room for 0',
  });
  expect(rest).toEqual([]);
});

test('log - of too many kinds the rest is counted together, and a fatal line is always told', async () => {
  const lines = await linesOf('variety');
  expect(lines.length).toBe(KINDS_MAX + 2);
  expect(lines.at(-2)?.msg).toBe('the end');
  expect(lines.at(-1)).toMatchObject({
    level: 'warn',
    msg: expect.stringMatching(/^800 lines of other kinds were left out in \d+ s$/),
    repeated: 1000 - KINDS_MAX,
  });
});

test('log - a process that dies of a bug still tells its counts', async () => {
  const lines = (await outputOf('thrown')).split('\n').filter((line) => line.startsWith('{'));
  expect(JSON.parse(lines.at(-1) ?? '').repeated).toBe(11 - TROUBLES_MAX);
});

test('log - a rejection that nobody caught is a fatal line, without what its error was about', async () => {
  const output = await outputOf('rejected', {}, 'both');
  const lines = output.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['still well', 'the speaker failed']);
  expect(output).not.toContain('secret row');
});

test('log - an error has its causes and their codes, and nothing else that a client put into it', async () => {
  const [line] = await linesOf('error');
  expect(line).toMatchObject({
    worker: 2,
    err: {
      type: 'Error',
      message: 'can’t store',
      stack: expect.stringContaining('speaker.ts'),
      cause: { type: 'Error', message: 'connection reset', code: 'ECONNRESET' },
    },
  });
  expect(JSON.stringify(line)).not.toContain('secret row');
});

test('log - LOG_FORMAT=text is readable, without colours where there is no terminal', async () => {
  const text = await outputOf('error', { LOG_FORMAT: 'text' });
  expect(text).toMatch(
    /^\d\d:\d\d:\d\d\.\d{3} speaker error: storing "all" failed worker=2 err="can’t store: connection reset"\n$/,
  );
});

test('log - readable by itself on a terminal, in colours unless NO_COLOR is set', async () => {
  const onTerminal = (environment: string) =>
    Bun.spawnSync(
      ['script', '-qec', `env ${environment} ${process.execPath} ${SPEAKER} error`, '/dev/null'],
      { env: { ...process.env, LOG_LEVEL: 'info', TERM: 'xterm' } },
    ).stdout.toString();
  expect(onTerminal('-u NO_COLOR LOG_FORMAT=auto')).toContain('\u001b[31merror\u001b[0m: storing');
  expect(onTerminal('NO_COLOR=1 LOG_FORMAT=auto')).toContain('speaker error: storing');
  expect(onTerminal('NO_COLOR=1 LOG_FORMAT=json')).toStartWith('{"level":"error"');
});
