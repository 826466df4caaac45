/**
 * Builds the image, in an engine of our own where none can be reached, and runs a command with it:
 *
 *   bun openshift/containers/main.ts [--tag overseer] [--run '<command of the shell>']
 *
 * The command finds the engine by DOCKER_HOST; without one the size of the image is told. An engine that was started for this ends
 * afterwards, and its images with it.
 */
import { parseArgs } from 'node:util';
import { Engine, EngineMissingError } from './engine.ts';
import { buildImage } from './image.ts';

const say = (line: string) => console.error(line);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { tag: { type: 'string', default: 'overseer' }, run: { type: 'string' } },
  });
  await using engine = await Engine.open(say);
  const { bytes } = await buildImage(engine, values.tag, say);
  say(`${values.tag}: ${(bytes / 1e6).toFixed(1)} MB`);
  if (values.run === undefined) return 0;
  const child = Bun.spawn(['sh', '-c', values.run], {
    env: { ...process.env, DOCKER_HOST: engine.host },
    stdio: ['inherit', 'inherit', 'inherit'],
  });
  return await child.exited;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof EngineMissingError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
