import postgres from 'postgres';
import type { Benchmark, Contender, Ratio } from '../harness.ts';
import { postgresVersion, startDurablePostgres } from '../postgres.ts';
import type { Metered } from '../processes.ts';
import { encodeLoad, rawCopyContender } from '../raw-copy.ts';

const HOSTS = 4000;
const SEED = 1;
const START_NS = 1_767_225_600_000_000_000n;

/** PostgreSQL alone: what BRIN and a partition cost, and what no way through it can beat. */
export const rawCopy: Benchmark = {
  name: 'raw-copy',
  question: 'How fast does PostgreSQL take rows encoded before, over one connection?',
  async prepare({ quick, progress }) {
    const rows = quick ? 50_000 : 2_000_000;
    await using started = new AsyncDisposableStack();
    progress('raw-copy: starting PostgreSQL');
    const server = started.use(await startDurablePostgres());
    const sql = postgres(server.url, { max: 1, onnotice: () => {} });
    started.defer(() => sql.end());
    const versions = { postgres: await postgresVersion(sql) };
    const metered: Metered = { processId: server.pid, memory: 'tree' };
    const contenders: Contender[] = [];
    const ratios: Ratio[] = [];
    for (const values of ['integers', 'decimals'] as const) {
      progress(`raw-copy: encoding ${rows} rows of ${values}`);
      const load = encodeLoad({ hosts: HOSTS, seed: SEED, startNs: START_NS, values }, rows);
      const [heap, partitioned] = [`heap, ${values}`, `partitioned, ${values}`];
      contenders.push(
        rawCopyContender(heap, 'heap', load, metered, sql),
        rawCopyContender(partitioned, 'partitioned', load, metered, sql),
      );
      const name = `${partitioned} / heap`;
      ratios.push({
        name,
        figure: 'rowsPerSecond',
        of: partitioned,
        to: heap,
        isOfConditions: true,
      });
    }
    const all = started.move();
    return {
      contenders,
      ratios,
      parameters: { rows, hosts: HOSTS, seed: SEED },
      versions,
      rounds: quick ? 1 : 5,
      isCold: quick,
      stop: () => all.disposeAsync(),
    };
  },
};
