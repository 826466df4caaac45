import type { Page } from '@overseer/local/testing';
import axe, { type AxeResults } from 'axe-core';

/** What is faded in is not yet as it will be; what goes on for ever can't be ended, and is not faded in. */
const END_TRANSITIONS = `for (const animation of document.getAnimations()) {
  if (animation.effect.getComputedTiming().endTime < Infinity) animation.finish();
}`;

/** What axe finds wrong with a page as it is now, by all of its rules: a line each; empty when there is nothing. */
export async function violationsOf(page: Page): Promise<string[]> {
  if (await page.evaluate('globalThis.axe === undefined')) await page.evaluate(axe.source);
  await page.evaluate(END_TRANSITIONS);
  const run = `axe.run(document, { preload: false, resultTypes: ['violations'] })`;
  const { violations } = (await page.evaluate(run)) as AxeResults;
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary = '' }) => {
      const [, ...reasons] = failureSummary.split('\n');
      return `${id} (${help}) ${target.join(' ')}: ${reasons.map((text) => text.trim()).join('; ')}`;
    }),
  );
}
