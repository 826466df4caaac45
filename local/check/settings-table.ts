/** The README's table of settings, made from the settings themselves: `bun local/check/settings-table.ts` brings it up to date. */
import { join } from 'node:path';
import { COLLECTOR_SETTINGS } from '@overseer/collector/settings';
import { FRONTEND_SETTINGS } from '@overseer/frontend/settings';
import { INGRESS_SETTINGS } from '@overseer/ingress/settings';
import { PROCESSOR_SETTINGS } from '@overseer/processor/settings';
import type { Setting } from '@overseer/shared/settings';
import { STORE_SETTINGS } from '@overseer/store/settings';
import { projectFolder } from '../project.ts';
import { LOCAL_SETTINGS } from '../settings.ts';

export const README_PATH = join(projectFolder, 'README.md');

const START = '<!-- settings: made by local/check/settings-table.ts -->\n';
const END = '<!-- end of settings -->';

const GROUPS: Readonly<Record<string, Readonly<Record<string, Setting<unknown>>>>> = {
  '`npm start`': LOCAL_SETTINGS,
  ingress: INGRESS_SETTINGS,
  store: STORE_SETTINGS,
  processor: PROCESSOR_SETTINGS,
  frontend: FRONTEND_SETTINGS,
  collector: COLLECTOR_SETTINGS,
};

const SERVICES = Object.keys(GROUPS).filter((reader) => !reader.startsWith('`'));

function rows(): string[] {
  const byVariable = new Map<string, { setting: Setting<unknown>; readers: string[] }>();
  for (const [reader, settings] of Object.entries(GROUPS)) {
    for (const setting of Object.values(settings)) {
      const row = byVariable.get(setting.variable) ?? { setting, readers: [] };
      row.readers.push(reader);
      byVariable.set(setting.variable, row);
    }
  }
  return [...byVariable.values()].map(({ setting, readers }) => {
    const fallback = setting.fallback === undefined ? '' : `\`${setting.fallback}\``;
    const isEverybodys = SERVICES.every((service) => readers.includes(service));
    const readBy = isEverybodys ? 'every service' : readers.join(', ');
    return `| \`${setting.variable}\` | ${fallback} | ${readBy} | ${setting.help} |`;
  });
}

/** The README with its table as it should be. @throws Error when it has no place for it */
export function withSettingsTable(readme: string): string {
  const start = readme.indexOf(START);
  const end = readme.indexOf(END);
  if (start < 0 || end < start) throw new Error(`README.md lacks ${START.trim()} or ${END}`);
  const table = ['| variable | default | read by | meaning |', '|---|---|---|---|', ...rows()];
  return `${readme.slice(0, start + START.length)}${table.join('\n')}\n${readme.slice(end)}`;
}

if (import.meta.main) {
  const readme = await Bun.file(README_PATH).text();
  await Bun.write(README_PATH, withSettingsTable(readme));
}
