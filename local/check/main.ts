/**
 * `npm test`: format and lint, types, and every test, the boundaries of imports among them. Arguments are handed to
 * `bun test`, for a part of the tests: `npm test -- store`.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../project.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { fetchPrograms } from './programs.ts';
import { joined, parseTestReport, type TestReport, unexplained } from './test-report.ts';

/** Tests that may be skipped, by the name the report gives them, each with its reason. */
const SKIPPED_TESTS = 'skipped-tests.json';

/** Tests start real servers, on machines that may be busy. Their waits end before, with a message that says what for. */
const TEST_TIMEOUT_MS = 150_000;

/**
 * Files of tests that run at once, each in a process of its own and with fresh modules. Most tests wait for servers most of the time.
 */
const WORKERS = 2;

/**
 * Tests in a browser: after the others, because a Docker engine that makes a network has Chromium break off whatever it is loading
 * (ERR_NETWORK_CHANGED).
 */
const BROWSER_TESTS = ['frontend/browser/', 'local/testing/browser.test.ts'];

/** A loop that never ends is beyond the reach of a test's own timeout. */
const STEP_DEADLINE_MS = 40 * 60_000;

const STEPS = [
  {
    name: 'format and lint',
    command: ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'],
  },
  { name: 'types', command: ['node_modules/typescript/bin/tsc', '--project', '.'] },
  // Runs in browsers: their types are its own, and nobody else's.
  {
    name: 'types of the page',
    command: ['node_modules/typescript/bin/tsc', '--project', 'frontend/page'],
  },
];

/** Aborted when we are told to end: what we started ends with us. */
const told = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => told.abort());
}

async function run(command: readonly string[]): Promise<boolean> {
  const child = Bun.spawn([process.execPath, ...command], {
    cwd: projectFolder,
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: STEP_DEADLINE_MS,
    killSignal: 'SIGKILL',
    signal: told.signal,
  });
  const exitCode = await child.exited;
  if (told.signal.aborted) {
    console.log('\ntold to end; the checks are not complete');
    process.exit(1);
  }
  if (child.signalCode)
    console.log(
      `\nended by ${child.signalCode} (its time limit: ${STEP_DEADLINE_MS / 60_000} minutes)`,
    );
  return exitCode === 0;
}

/** Of all tests, or of those that the arguments name. */
async function runTests(args: readonly string[]): Promise<TestReport> {
  if (args.length > 0) return runBunTest(args);
  const others = BROWSER_TESTS.map((path) => `--path-ignore-patterns=${path}**`);
  return joined([await runBunTest(others), await runBunTest(BROWSER_TESTS)]);
}

async function runBunTest(args: readonly string[]): Promise<TestReport> {
  const folder = temporaryFolder();
  const reportPath = join(folder, 'report.xml');
  try {
    const options = [
      `--parallel=${WORKERS}`,
      `--timeout=${TEST_TIMEOUT_MS}`,
      '--reporter=junit',
      `--reporter-outfile=${reportPath}`,
    ];
    const succeeded = await run(['test', ...options, ...args]);
    if (!existsSync(reportPath)) return { passedCount: 0, failedCount: 1, skipped: [] };
    const report = parseTestReport(readFileSync(reportPath, 'utf8'));
    // An error outside of any test, while a file is loaded for one, is in the exit code alone.
    const isSilentFailure = !succeeded && report.failedCount === 0;
    return isSilentFailure ? { ...report, failedCount: 1 } : report;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

let passedCount = 0;
let failedCount = 0;
const failures: string[] = [];
const fetching = fetchPrograms();
for (const { name, command } of STEPS) {
  console.log(`\n== ${name}`);
  if (await run(command)) passedCount++;
  else failures.push(name);
}

await fetching;
console.log('\n== tests');
const report = await runTests(process.argv.slice(2));
passedCount += report.passedCount;
failedCount += report.failedCount;
if (report.failedCount > 0) console.log(`\n${report.failedCount} tests failed.`);
const reasons: unknown = JSON.parse(readFileSync(join(projectFolder, SKIPPED_TESTS), 'utf8'));
for (const name of unexplained(report.skipped, reasons as Record<string, string>)) {
  failures.push(`skipped, without its reason in ${SKIPPED_TESTS}: ${name}`);
}
failedCount += failures.length;

for (const failure of failures) console.log(`FAILED: ${failure}`);
console.log(`\n${passedCount} passed, ${failedCount} failed, ${report.skipped.length} skipped`);
process.exitCode = failedCount === 0 ? 0 : 1;
