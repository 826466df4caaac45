import { expect, test } from 'bun:test';
import { README_PATH, withSettingsTable } from './settings-table.ts';

test('README - its table names every setting with its default', async () => {
  const readme = await Bun.file(README_PATH).text();
  expect(withSettingsTable(readme), 'run: bun local/check/settings-table.ts').toBe(readme);
});
