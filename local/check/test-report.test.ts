import { describe, expect, test } from 'bun:test';
import { joined, parseTestReport, unexplained } from './test-report.ts';

const xml = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="bun test" tests="4" assertions="0" failures="1" skipped="1" time="0.005">
  <testsuite name="a.test.ts" file="a.test.ts" tests="4" failures="1" skipped="1">
    <testcase name="x &amp; &lt;y&gt;" classname="d" time="0.1" file="a.test.ts" line="2" assertions="0" />
    <testcase name="root - refused" classname="d" time="0" file="a.test.ts" line="2" assertions="0">
      <skipped />
    </testcase>
    <testcase name="f" classname="d" time="0.000244" file="a.test.ts" line="2" assertions="0">
      <failure type="Error" message="boo">Error: boo&#10;</failure>
    </testcase>
    <testcase name="last" time="0.1" file="a.test.ts" line="2" assertions="0" />
  </testsuite>
</testsuites>`;

describe('test report', () => {
  test('a run - is counted', () => {
    expect(parseTestReport(xml)).toEqual({
      passedCount: 2,
      failedCount: 1,
      skipped: ['a.test.ts: d > root - refused'],
    });
  });

  test('several runs - are counted together', () => {
    const one = { passedCount: 2, failedCount: 0, skipped: ['a'] };
    const other = { passedCount: 3, failedCount: 1, skipped: ['b'] };
    expect(joined([one, other])).toEqual({ passedCount: 5, failedCount: 1, skipped: ['a', 'b'] });
  });

  test('a skipped test - needs its reason', () => {
    const skipped = ['a.test.ts: d > root - refused'];
    expect(unexplained(skipped, {})).toEqual(skipped);
    expect(unexplained(skipped, { 'a.test.ts: d > root - refused': ' ' })).toEqual(skipped);
    expect(unexplained(skipped, { 'a.test.ts: d > root - refused': 'needs root' })).toEqual([]);
  });
});
