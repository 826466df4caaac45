import type { StreamStatus } from './administration.ts';
import type { Bus } from './bus.ts';
import { DEAD_STREAM, POINTS_STREAM, STORED_STREAM } from './names.ts';

/** How full the streams are; those that are not there are left out. @throws BusUnavailableError */
export async function readStreamStatus(bus: Bus): Promise<StreamStatus[]> {
  const streams: StreamStatus[] = [];
  for (const name of [POINTS_STREAM, STORED_STREAM, DEAD_STREAM]) {
    const state = await bus.stream(name);
    if (!state) continue;
    const { messages, bytes, bytesMax } = state;
    streams.push({ name, messages, bytes, bytesMax });
  }
  return streams;
}
