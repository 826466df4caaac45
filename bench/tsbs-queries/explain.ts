import postgres from 'postgres';
import { startDurablePostgres } from '../postgres.ts';
import { Random } from '../random.ts';
import { PUBLISHED_INDEXES, publishedSql, publishedTables } from './published-sql.ts';
import { fillPublishedTable } from './published-table.ts';
import { drawQuestion, type Region, TSBS_QUERIES } from './questions.ts';

/**
 * Writes what PostgreSQL does for TSBS' queries in SQL, with no Overseer near: each statement, asked once before so that its
 * pages are in memory, with its plan and times. `bun bench/tsbs-queries/explain.ts [hosts] > bench/tsbs-queries/published-sql.md`
 */
const HOSTS = Number(Bun.argv[2] ?? 1000);
const HOURS = 13;
const SEED = 1;
const START_MS = 1_767_225_600_000;

const region: Region = { hosts: HOSTS, fromMs: START_MS, toMs: START_MS + HOURS * 3_600_000 };
const rows = HOSTS * HOURS * 360;
await using server = await startDurablePostgres();
const sql = postgres(server.url, { max: 1, onnotice: () => {} });
const [version] = await sql`show server_version`;
await fillPublishedTable(
  sql,
  {
    hosts: HOSTS,
    seed: SEED,
    startNs: BigInt(START_MS) * 1_000_000n,
    values: 'integers',
  },
  rows,
);
console.log(`# TSBS' queries in SQL

Made by \`bun bench/tsbs-queries/explain.ts\`, before Overseer was asked any of them: PostgreSQL ${version?.server_version} with the settings
of \`npm start\`, ${HOSTS.toLocaleString('en')} hosts × ${HOURS} h of TSBS cpu-only, ${rows.toLocaleString('en')} rows. Each statement was asked once, then again for its plan.

\`\`\`sql
${[publishedTables(region.fromMs, region.toMs), ...PUBLISHED_INDEXES].join(';\n')};
\`\`\``);
for (const query of TSBS_QUERIES) {
  const statement = publishedSql(drawQuestion(query, region, new Random(SEED)));
  await sql.unsafe(statement);
  const plan = await sql.unsafe(`EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) ${statement}`);
  const lines = plan.map((row) => row['QUERY PLAN']).join('\n');
  console.log(`\n## ${query.name}\n\n\`\`\`sql\n${statement};\n\`\`\`\n\n\`\`\`\n${lines}\n\`\`\``);
}
await sql.end();
