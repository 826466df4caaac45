/**
 * Takes the pictures of the documentation: `bun local/screenshot.ts [minutes]`. Starts an Overseer of its own, lets the collector look at
 * this machine for some minutes (5 unless told; all charts are so wide), and puts a picture of every page into `docs/images`.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from './project.ts';
import { type Page, startService, TestBrowser, TestOverseer } from './testing/mod.ts';

const FOLDER = join(projectFolder, 'docs', 'images');
/** Shown smaller in a document: sharp on dense screens too, at a third of the bytes of twice the pixels. */
const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
/** Where the pointer shows a tooltip, as parts of the chart. */
const POINTER = { x: 0.75, y: 0.4 };
/** Charts fade in, and panels below ask when they come near. */
const SETTLED_MS = 1500;

const BOTH_THEMES = ['dark', 'light'] as const;

const minutes = Number(process.argv[2] ?? 5);
if (!(Number.isInteger(minutes) && minutes > 0 && minutes <= 60)) {
  console.error('usage: bun local/screenshot.ts [whole minutes, 5 unless told, 60 at the most]');
  process.exit(2);
}

/** Of the page to explore, and of dashboards. */
const RANGE = `range=${minutes}m`;

interface Shot {
  /** Of the file; its theme follows where there are both. */
  readonly name: string;
  readonly path: string;
  readonly viewport?: typeof DESKTOP;
  readonly themes?: readonly ('dark' | 'light')[];
  /** Brings the page to where the picture is taken. */
  readonly reach: (page: Page) => Promise<void>;
}

const SHOTS: readonly Shot[] = [
  {
    name: 'explore',
    path: `/?db=host&${RANGE}&expr=cpu_usage_user`,
    themes: BOTH_THEMES,
    reach: async (page) => {
      await page.getByTestId('legend').locator('tbody tr').first().waitFor();
      await pointAtChart(page);
    },
  },
  {
    name: 'builder',
    path: `/?db=host&${RANGE}&expr=avg%20by%20(cpu)%20(cpu_usage_user)`,
    reach: async (page) => {
      await page.getByTestId('legend').locator('tbody tr').first().waitFor();
      await page.getByTestId('builder:A').click();
      await page.getByTestId('builder').waitFor();
    },
  },
  {
    name: 'explorer',
    path: `/?db=host&${RANGE}&expr=cpu_usage_user&about=cpu`,
    reach: (page) => page.getByTestId('tag:cpu').locator('li').first().waitFor(),
  },
  {
    name: 'stat',
    path: `/?db=host&${RANGE}&expr=cpu_usage_user&view=stat&unit=percent&threshold=50:warning`,
    reach: (page) => page.getByTestId('stat-value').first().waitFor(),
  },
  {
    name: 'host',
    path: `/d/host?${RANGE}`,
    themes: BOTH_THEMES,
    reach: (page) => page.getByTestId('legend').locator('tbody tr').first().waitFor(),
  },
  {
    name: 'pipeline',
    path: `/d/pipeline?${RANGE}`,
    reach: (page) => page.getByTestId('legend').locator('tbody tr').first().waitFor(),
  },
  {
    name: 'dashboards',
    path: '/dashboards',
    reach: (page) => page.getByTestId('dashboard:host').waitFor(),
  },
  {
    name: 'editing',
    path: `/d/host?${RANGE}`,
    reach: async (page) => {
      await page.getByTestId('save-copy').click();
      await page.getByTestId('edit').click();
      await page.getByTestId('add-panel').waitFor();
    },
  },
  {
    name: 'phone',
    path: `/?db=host&${RANGE}&expr=cpu_usage_user`,
    viewport: PHONE,
    reach: async (page) => {
      await page.getByTestId('legend').locator('tbody tr').first().waitFor();
      await pointAtChart(page);
    },
  },
];

await using overseer = await TestOverseer.start();
await using browser = await TestBrowser.start();
await using collector = await startService('collector', {
  INGRESS_URL: overseer.ingressUrl,
  COLLECTOR_DATABASE: 'host',
});
console.log(`the collector (process ${collector.pid}) looks at this machine for ${minutes} min`);
await Bun.sleep(minutes * 60_000);
mkdirSync(FOLDER, { recursive: true });
for (const shot of SHOTS) {
  for (const theme of shot.themes ?? ['dark']) {
    const name = shot.themes ? `${shot.name}-${theme}` : shot.name;
    const path = join(FOLDER, `${name}.png`);
    await takePicture(shot, theme, path);
    console.log(`${path}: ${Math.round(Bun.file(path).size / 1000)} kB`);
  }
}

async function takePicture(
  { path: address, viewport = DESKTOP, reach }: Shot,
  colorScheme: 'dark' | 'light',
  path: string,
): Promise<void> {
  const page = await browser.newPage({ colorScheme, viewport });
  await page.goto(`${overseer.frontendUrl}${address}`);
  await reach(page);
  await Bun.sleep(SETTLED_MS);
  await page.screenshot({ path, animations: 'disabled' });
  await page.close();
}

async function pointAtChart(page: Page): Promise<void> {
  const chart = await page.getByTestId('chart').boundingBox();
  if (!chart) throw new Error('the page has no chart');
  await page.mouse.move(chart.x + chart.width * POINTER.x, chart.y + chart.height * POINTER.y);
  await page.getByTestId('tooltip').waitFor();
}
