/** What is not sent by then is lost: a collector that is away must not keep a service from stopping. */
const STOP_MAX_MS = 2000;

/** Sends what is still to be sent, and stops. */
export async function stopProvider(provider: { shutdown(): Promise<void> }): Promise<void> {
  // What fails here has been reported by the exporter.
  const sent = provider.shutdown().catch(() => undefined);
  await Promise.race([sent, Bun.sleep(STOP_MAX_MS)]);
}
