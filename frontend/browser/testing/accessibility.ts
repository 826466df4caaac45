import type { Page } from '@overseer/local/testing';
import axe, { type AxeResults } from 'axe-core';

/** What axe finds wrong with a page as it is now, by all of its rules: a line each; empty when there is nothing. */
export async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate('axe.run(document)')) as AxeResults;
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary = '' }) => {
      const [, ...reasons] = failureSummary.split('\n');
      return `${id} (${help}) ${target.join(' ')}: ${reasons.map((text) => text.trim()).join('; ')}`;
    }),
  );
}
