import { describe, expect, test } from 'bun:test';
import { readWorkflow } from './workflow.ts';
import { checkWorkflow, WORKFLOW_RULES } from './workflow-rules.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';

/** Breaks no rule. */
const SOUND = `
on:
  pull_request_target:
    types: [labeled]
permissions: {}
concurrency: preview
defaults:
  run:
    shell: bash
jobs:
  up:
    runs-on: ubuntu-24.04
    timeout-minutes: 10
    permissions:
      contents: read
    environment: preview
    steps:
      - uses: actions/checkout@${COMMIT} # v7.0.1
        with:
          persist-credentials: false
      - name: Say the title
        env:
          TITLE: \${{ github.event.pull_request.title }}
          TOKEN: \${{ secrets.TOKEN }}
        run: echo "$TITLE"
`;

/** One change of it for each rule, or some, that the rule must see: what, and by what. */
const BROKEN: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  'actions are pinned': [
    [`@${COMMIT} # v7.0.1`, '@v7'],
    [` # v7.0.1`, ''],
    [COMMIT, COMMIT.slice(0, 12)],
  ],
  'permissions begin with none': [
    ['permissions: {}', 'permissions: read-all'],
    ['permissions: {}\n', ''],
    ['    permissions:\n      contents: read\n', ''],
    ['    permissions:\n      contents: read\n', '    permissions: write-all\n'],
  ],
  'jobs end': [
    ['    timeout-minutes: 10\n', ''],
    ['timeout-minutes: 10', 'timeout-minutes: 1000'],
  ],
  'runs do not meet': [['concurrency: preview\n', '']],
  'scripts are constant': [
    ['echo "$TITLE"', `echo "\${{ github.event.pull_request.title }}"`],
    ['persist-credentials: false', `persist-credentials: false\n          script: x(\${{ 1 }})`],
  ],
  'scripts fail early': [['defaults:\n  run:\n    shell: bash\n', '']],
  'checkouts keep no credentials': [
    ['        with:\n          persist-credentials: false\n', ''],
    ['persist-credentials: false', 'persist-credentials: true'],
  ],
  'credentials never meet code of a fork': [
    [
      'persist-credentials: false',
      `persist-credentials: false\n          ref: \${{ github.event.pull_request.head.sha }}`,
    ],
    [
      'persist-credentials: false',
      'persist-credentials: false\n          repository: someone/overseer',
    ],
  ],
  'nothing is cached': [
    ['persist-credentials: false', 'persist-credentials: false\n          cache: npm'],
    ['actions/checkout@', 'actions/cache@'],
  ],
  'secrets are kept by an environment': [
    ['    environment: preview\n', ''],
    ['    environment: preview\n', '    secrets: inherit\n'],
  ],
  'machines are named by version': [['ubuntu-24.04', 'ubuntu-latest']],
};

const check = (text: string) => checkWorkflow(readWorkflow({ path: 'sound.yml', text }));

describe('rules of workflows', () => {
  test('a sound workflow - breaks none', () => {
    expect(check(SOUND)).toEqual([]);
  });

  test('every rule - has a broken example', () => {
    expect(Object.keys(BROKEN).sort()).toEqual(WORKFLOW_RULES.map(({ name }) => name).sort());
  });

  for (const [rule, changes] of Object.entries(BROKEN)) {
    test(`${rule} - is told where it is not so`, () => {
      for (const [from, to] of changes) {
        expect(SOUND).toContain(from);
        const told = check(SOUND.replace(from, () => to));
        expect(told.filter((line) => line.includes(`: ${rule}: `))).toHaveLength(1);
      }
    });
  }

  test('GitHub’s own token - needs no environment', () => {
    const text = SOUND.replace('secrets.TOKEN', 'secrets.GITHUB_TOKEN');
    expect(check(text.replace('    environment: preview\n', ''))).toEqual([]);
  });

  test('a privileged run - may check out the default branch', () => {
    const branch = `persist-credentials: false\n          ref: \${{ github.event.repository.default_branch }}`;
    expect(check(SOUND.replace('persist-credentials: false', () => branch))).toEqual([]);
  });

  test('an ordinary pull request - may check out its own code', () => {
    const own = SOUND.replace('pull_request_target', 'pull_request').replace(
      'persist-credentials: false',
      'persist-credentials: false\n          ref: abc',
    );
    expect(check(own)).toEqual([]);
  });
});
