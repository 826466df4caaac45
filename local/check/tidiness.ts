/** Rules about the text of files that neither compiler nor linter knows. */
import type { SourceFile } from './sources.ts';

const LINES_MAX = 400;
const TEST_LINES_MAX = 700;

/** Written by tools; nobody reads them from top to bottom. */
const GENERATED: readonly string[] = ['bun.lock', 'bench/results.json'];

/** What describes containers: their folders are the same on every machine. */
const OF_CONTAINERS = /^openshift\/(Containerfile$|templates\/)/;

interface Forbidden {
  readonly pattern: RegExp;
  readonly reason: string;
  /** Files that may have it. */
  readonly except?: RegExp;
}

/** What a file must not contain, and why. Written so that this file doesn't contain it. */
const FORBIDDEN: readonly Forbidden[] = [
  {
    pattern: /\b(TO[D]O|FIX[M]E)\b/,
    reason: 'a promise; keep it or make it an issue',
  },
  {
    pattern: /registry\.(npmjs|yarnpkg)|npmmirror\.|(deb|security|snapshot)\.debian\.org/,
    reason: 'the host of a package registry; each machine has its own',
  },
  {
    pattern: /["'`\s(=](\/work\/|\/root\/|\/home\/\w+\/|\/tmp\/\w)/,
    reason: 'a path of one machine',
    except: OF_CONTAINERS,
  },
];

/** What tests must not contain besides. */
const FORBIDDEN_IN_TESTS: readonly Forbidden[] = [
  {
    pattern: /\bBun\.slee[p]\(|\bsetTimeou[t]\(/,
    reason: 'a sleep; wait for a condition (waitUntil)',
  },
];

/** @returns one line for each place that breaks a rule */
export function checkTidiness(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => [...checkLength(file), ...checkText(file)]);
}

function checkLength({ path, text }: SourceFile): string[] {
  if (!/\.(ts|tsx|mjs)$/.test(path)) return [];
  const lineCount = text.split('\n').length - 1;
  const linesMax = path.endsWith('.test.ts') || isGenerated(path) ? TEST_LINES_MAX : LINES_MAX;
  if (lineCount <= linesMax) return [];
  return [`${path} has ${lineCount} lines, more than ${linesMax}: it holds more than one noun`];
}

function checkText({ path, text }: SourceFile): string[] {
  const all = path.endsWith('.test.ts') ? [...FORBIDDEN, ...FORBIDDEN_IN_TESTS] : FORBIDDEN;
  const rules = all.filter(({ except }) => !except?.test(path));
  const lines = text.split('\n');
  return rules.flatMap(({ pattern, reason }) =>
    lines.flatMap((line, index) =>
      pattern.test(line) ? [`${path}:${index + 1} has ${line.trim().slice(0, 80)}: ${reason}`] : [],
    ),
  );
}

function isGenerated(path: string): boolean {
  return GENERATED.includes(path) || path.includes('generated');
}
