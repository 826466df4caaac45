/** Logs what the tests tell it by its first argument, and ends. */
import { createLogger, dieOfUncaught } from '../../log.ts';

const log = createLogger('speaker');

function die(error: unknown): never {
  log.fatal({ err: error }, 'the speaker failed');
  process.exit(1);
}

const speeches: Readonly<Record<string, () => void>> = {
  flood() {
    for (let i = 0; i < 10_000; i++) {
      log.error({ err: new Error(`no room for ${i}`), attempt: i }, 'a write failed');
    }
    log.info('done');
  },
  variety() {
    const word = (i: number) => i.toString(2).replaceAll('0', 'a').replaceAll('1', 'b');
    for (let i = 0; i < 1000; i++) log.warn({ what: word(i) }, 'something is odd');
    log.fatal('the end');
  },
  thrown() {
    log.warn('again');
    for (let i = 0; i < 10; i++) log.warn('again');
    throw new Error('a bug');
  },
  rejected() {
    dieOfUncaught(die);
    log.info('still well');
    void Promise.reject(Object.assign(new Error('a bug'), { query: 'secret row' }));
  },
  levels() {
    for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const) {
      log[level]({ port: 8086 }, `of ${level}`);
    }
  },
  error() {
    const cause = Object.assign(new Error('connection reset'), {
      code: 'ECONNRESET',
      query: 'secret row',
    });
    log
      .child({ worker: 2 })
      .error({ err: new Error('can’t store', { cause }) }, 'storing "all" failed');
  },
};

speeches[process.argv[2] ?? '']?.();
