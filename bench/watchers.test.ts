import { expect, test } from 'bun:test';
import { hasChromium, TestBrowser, TestOverseer } from '@overseer/local/testing';
import { pageWatcher } from './page-watcher.ts';
import { Probes } from './probes.ts';
import { Random } from './random.ts';
import { liveWatcher, queryWatcher } from './watchers.ts';

const DATABASE = 'probes';
const PROBES = 5;

test.skipIf(!(await hasChromium()))(
  'watchers - query, live socket and page see every probe after it was written',
  async () => {
    await using overseer = await TestOverseer.start();
    await using browser = await TestBrowser.start();
    const { frontendUrl } = overseer;
    const probes = new Probes(`${overseer.ingressUrl}/write?db=${DATABASE}`, new Random(1));
    await probes.writeOne();
    const latencies = await probes.measure(PROBES, [
      queryWatcher(frontendUrl, DATABASE),
      liveWatcher(frontendUrl, DATABASE),
      pageWatcher(browser, frontendUrl, DATABASE),
    ]);
    expect([...latencies.keys()]).toEqual(['query', 'live', 'pixel']);
    for (const ofWatcher of latencies.values()) {
      expect(ofWatcher).toHaveLength(PROBES);
      expect(Math.min(...ofWatcher)).toBeGreaterThan(0);
    }
  },
);
