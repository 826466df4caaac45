/** What `bun test` did, from its report in JUnit's format. */

export interface TestReport {
  readonly passedCount: number;
  readonly failedCount: number;
  /** "<file>: <name>", the name with the groups it is in. */
  readonly skipped: readonly string[];
}

/** @param xml as Bun's junit reporter writes it: one test case a line, its children below */
export function parseTestReport(xml: string): TestReport {
  const cases = [...xml.matchAll(/<testcase ([^>]*?)(\/>|>([\s\S]*?)<\/testcase>)/g)];
  const skipped: string[] = [];
  let failedCount = 0;
  for (const [, attributes = '', , content = ''] of cases) {
    if (/<(failure|error)\b/.test(content)) failedCount++;
    else if (content.includes('<skipped')) skipped.push(testName(attributes));
  }
  return { passedCount: cases.length - failedCount - skipped.length, failedCount, skipped };
}

/** Of several runs as of one. */
export function joined(reports: readonly TestReport[]): TestReport {
  const sum = (count: (report: TestReport) => number) =>
    reports.reduce((total, report) => total + count(report), 0);
  return {
    passedCount: sum(({ passedCount }) => passedCount),
    failedCount: sum(({ failedCount }) => failedCount),
    skipped: reports.flatMap(({ skipped }) => skipped),
  };
}

function testName(attributes: string): string {
  const values = new Map(
    [...attributes.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [
      name,
      unescapeXml(value),
    ]),
  );
  const path = [values.get('classname'), values.get('name')].filter(Boolean).join(' > ');
  return `${values.get('file')}: ${path}`;
}

function unescapeXml(text: string): string {
  const characters: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
  return text.replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => characters[name] ?? '');
}

/** @returns the skipped tests that the list of reasons doesn't have */
export function unexplained(
  skipped: readonly string[],
  reasons: Readonly<Record<string, string>>,
): string[] {
  return skipped.filter((name) => !reasons[name]?.trim());
}
