/**
 * Bytes of messages after which garbage is collected. The collector goes by the heap, which stays at some 10 MB, and doesn't see the
 * buffers of the sockets that hang on it: without this the process grew to a gigabyte within ten million rows, with it to a
 * fifth of that, for no measurable time.
 */
const COLLECT_AFTER_BYTES = 32 * 2 ** 20;

let bytesSince = 0;

/** To be told of the messages that are done with. */
export function collectGarbage(bytesDone: number): void {
  bytesSince += bytesDone;
  if (bytesSince < COLLECT_AFTER_BYTES) return;
  bytesSince = 0;
  Bun.gc(true);
}
