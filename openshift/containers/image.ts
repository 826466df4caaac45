/** Builds the image of the Containerfile. */
import { join } from 'node:path';
import { projectFolder } from '@overseer/local/project';
import type { Engine } from './engine.ts';
import { importBunImages } from './stand-ins.ts';

export interface BuiltImage {
  readonly bytes: number;
}

/**
 * Builds the image. An engine of our own has no registry, so it gets stand-ins for the base images first, and the machine's network
 * for the packages; any other engine fetches both as it is used to.
 * @param tag its name
 */
export async function buildImage(
  engine: Engine,
  tag: string,
  notice: (line: string) => void,
): Promise<BuiltImage> {
  if (engine.isOwn) await importBunImages(engine, notice);
  notice(`building ${tag}`);
  await engine.docker([
    'build',
    '--file',
    join(projectFolder, 'openshift', 'Containerfile'),
    '--tag',
    tag,
    ...(engine.isOwn ? ['--network', 'host'] : []),
    projectFolder,
  ]);
  const bytes = await engine.docker(['image', 'inspect', '--format', '{{.Size}}', tag]);
  return { bytes: Number(bytes) };
}
