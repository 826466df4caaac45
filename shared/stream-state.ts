import { CREATED_METADATA } from './names.ts';
import { DiscardPolicy, RetentionPolicy, StorageType, type StreamInfo } from './nats.ts';

export interface StreamSpec {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly storage: 'file' | 'memory';
  /** What a full stream does: refuse new messages, or drop the oldest. */
  readonly discard: 'new' | 'old';
  readonly bytesMax: number;
  readonly ageMaxMs?: number;
  readonly replicas: number;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface StreamState {
  /**
   * Tells the stream from one made anew under its name: its metadata `overseer-created`, or for a stream that someone else made
   * the server's creation time. That alone will not do: a restarted nats-server may forget it at the next change of the stream's
   * limits, and says another time after one more restart (nats-io/nats-server#8470).
   */
  readonly created: string;
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly messages: number;
  readonly bytes: number;
  readonly bytesMax: number;
  readonly discardsNew: boolean;
  readonly onFile: boolean;
  readonly limitsRetention: boolean;
  readonly subjects: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** What `overseer-created` of a stream made now should be. */
export function createdNow(): string {
  const digits = crypto.getRandomValues(new Uint8Array(4)).toHex();
  return `${new Date().toISOString()}/${digits}`;
}

export function streamState(info: StreamInfo): StreamState {
  const { config, state } = info;
  return {
    created: config.metadata?.[CREATED_METADATA] ?? String(info.created),
    firstSequence: state.first_seq,
    lastSequence: state.last_seq,
    messages: state.messages,
    bytes: state.bytes,
    bytesMax: config.max_bytes,
    discardsNew: config.discard === DiscardPolicy.New,
    onFile: config.storage === StorageType.File,
    limitsRetention: config.retention === RetentionPolicy.Limits,
    subjects: config.subjects,
    metadata: config.metadata ?? {},
  };
}
