import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PICTURES_FOLDER, type Report } from './report.ts';

const PAGE = 'benchmarks.md';

/** Writes a report into a folder of documents; pictures that it no longer shows are removed. */
export async function saveReport(folder: string, { markdown, pictures }: Report): Promise<void> {
  const picturesFolder = join(folder, PICTURES_FOLDER);
  await mkdir(picturesFolder, { recursive: true });
  for (const name of await readdir(picturesFolder))
    if (!pictures.has(name)) await rm(join(picturesFolder, name));
  for (const [name, svg] of pictures) await Bun.write(join(picturesFolder, name), svg);
  await Bun.write(join(folder, PAGE), markdown);
}

/** Reads what `saveReport` wrote. */
export async function readReport(folder: string): Promise<Report> {
  const picturesFolder = join(folder, PICTURES_FOLDER);
  const names = (await readdir(picturesFolder)).sort();
  const texts = await Promise.all(names.map((name) => Bun.file(join(picturesFolder, name)).text()));
  return {
    markdown: await Bun.file(join(folder, PAGE)).text(),
    pictures: new Map(names.map((name, index) => [name, texts[index] as string])),
  };
}
