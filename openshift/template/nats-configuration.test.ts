import { expect, test } from 'bun:test';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findNatsServer, temporaryFolder } from '@overseer/local/testing';
import { contentsOf } from './rules/pods.ts';
import { renderAll } from './testing/installation.ts';

/** The files as the pod has them, in one folder. */
function writeConfiguration(folder: string, servers: string): void {
  const objects = renderAll('lite', { NATS_REPLICAS: servers });
  const files = {
    ...contentsOf(objects, 'ConfigMap', 'overseer-nats'),
    ...contentsOf(objects, 'Secret', 'overseer-nats'),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

test.each([['1'], ['3']])(
  'configuration of NATS - with %s servers is one that it takes',
  async (servers) => {
    const server = await findNatsServer();
    const folder = temporaryFolder();
    try {
      writeConfiguration(folder, servers);
      const check = Bun.spawn([server, '-t', '--config', join(folder, 'nats.conf')], {
        env: { POD_NAME: 'overseer-nats-0' },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      expect(await check.stderr.text()).toContain('is valid');
      expect(await check.exited).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
