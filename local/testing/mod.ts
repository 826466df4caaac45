/** Real servers for tests: on free ports, in temporary folders, gone with the test process. */

export { findNatsServer } from '../nats-server.ts';
export type { WaitOptions } from '../wait.ts';
export { hasChromium, type Locator, type Page, TestBrowser } from './browser.ts';
export {
  createCertificate,
  type TestCertificate,
  writeCertificate,
} from './certificate.ts';
export { type CommandOutcome, runCommandLine } from './command-line.ts';
export { findKubectl, hasKubectl } from './kubectl.ts';
export { Link, type Slowness } from './link.ts';
export { OtlpReceiver, type ReceivedLog, type ReceivedSpan } from './otlp-receiver.ts';
export {
  OVERSEER_PROCESSES,
  type OverseerProcess,
  TestOverseer,
  type TestOverseerOptions,
} from './overseer.ts';
export { freePort } from './ports.ts';
export { hasPrometheus, startPrometheus } from './prometheus.ts';
export { runToEnd } from './run-to-end.ts';
export { Running } from './running.ts';
export { Samples } from './samples.ts';
export { type NatsServer, type PostgresServer, startNats, startPostgres } from './servers.ts';
export { type Service, startService } from './service.ts';
export { temporaryFolder } from './temporary-folder.ts';
export { waitUntil } from './wait.ts';
