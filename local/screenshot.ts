/**
 * Takes the pictures of the README: `bun local/screenshot.ts [minutes]`. Starts an Overseer of its own, lets the collector look at
 * this machine for some minutes (5 unless told, the width of the chart), and puts `page-dark.png` and `page-light.png` into
 * `docs/images`.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from './project.ts';
import { startService, TestBrowser, TestOverseer } from './testing/mod.ts';

const FOLDER = join(projectFolder, 'docs', 'images');
/** Shown smaller in a README: sharp on dense screens too, at a third of the bytes of twice the pixels. */
const VIEWPORT = { width: 1280, height: 800 };
const ADDRESS = '/?db=host&expr=cpu_usage_user';
/** Where the pointer shows a tooltip, as parts of the chart. */
const POINTER = { x: 0.62, y: 0.4 };

const minutes = Number(process.argv[2] ?? 5);
if (!(minutes > 0 && minutes <= 60)) {
  console.error('usage: bun local/screenshot.ts [minutes, 5 unless told, 60 at the most]');
  process.exit(2);
}

await using overseer = await TestOverseer.start();
await using browser = await TestBrowser.start();
await using collector = await startService('collector', {
  INGRESS_URL: overseer.ingressUrl,
  COLLECTOR_DATABASE: 'host',
});
console.log(`the collector (process ${collector.pid}) looks at this machine for ${minutes} min`);
await Bun.sleep(minutes * 60_000);
mkdirSync(FOLDER, { recursive: true });
for (const colorScheme of ['dark', 'light'] as const) {
  const path = join(FOLDER, `page-${colorScheme}.png`);
  await takePicture(colorScheme, path);
  console.log(`${path}: ${Math.round(Bun.file(path).size / 1000)} kB`);
}

async function takePicture(colorScheme: 'dark' | 'light', path: string): Promise<void> {
  const page = await browser.newPage({ colorScheme, viewport: VIEWPORT });
  await page.goto(`${overseer.frontendUrl}${ADDRESS}`);
  await page.getByTestId('legend').locator('tbody tr').first().waitFor();
  const chart = await page.getByTestId('chart').boundingBox();
  if (!chart) throw new Error('the page has no chart');
  await page.mouse.move(chart.x + chart.width * POINTER.x, chart.y + chart.height * POINTER.y);
  await page.getByTestId('tooltip').waitFor();
  await page.screenshot({ path, animations: 'disabled' });
  await page.close();
}
