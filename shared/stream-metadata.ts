import type { JetStreamManager } from './nats.ts';

/** Sets one entry of a stream's metadata; the others stay. */
export async function setMetadata(
  manager: JetStreamManager,
  stream: string,
  key: string,
  value: string,
): Promise<void> {
  const { config } = await manager.streams.info(stream);
  const metadata = { ...config.metadata, [key]: value };
  await manager.streams.update(stream, { ...config, metadata });
}
