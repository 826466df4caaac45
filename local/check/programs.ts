/** The programs that tests start, besides those of the packages. */
import { findNatsServer } from '../nats-server.ts';
import { hasChromium } from '../testing/browser.ts';
import { findKubectl } from '../testing/kubectl.ts';
import { hasPrometheus } from '../testing/prometheus.ts';
import { findShellcheck, findYamllint } from './lint/programs.ts';

/**
 * Fetches or installs what is missing, before the first test: that is not what a test's timeout is for, and of a program that is being
 * installed another process may already find a part. What can't be had is told: the tests that need it are skipped, or fail and say why.
 */
export async function fetchPrograms(): Promise<void> {
  const looks = [
    findNatsServer(console.error),
    hasChromium(),
    hasPrometheus(),
    findShellcheck(),
    findYamllint(),
    findKubectl(),
  ];
  for (const look of await Promise.allSettled(looks)) {
    if (look.status === 'rejected') console.error(String(look.reason));
  }
}
