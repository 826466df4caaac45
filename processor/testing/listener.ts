import { waitUntil } from '@overseer/local/testing';
import {
  type Bus,
  connectBus,
  createLogger,
  decodeUpdate,
  UPDATES_SUBJECT,
  type Update,
  type UpdateMessage,
} from '@overseer/shared';

const DEADLINE_MS = 30_000;

/** Listens to updates as the frontend does. */
export class Listener {
  readonly bus: Bus;
  readonly updates: Update[] = [];
  /** Everything that counts, in order. */
  readonly messages: UpdateMessage[] = [];
  /** Messages of a lower epoch than was heard before: they don't count. */
  outdated = 0;
  /** Messages that came before with the same epoch, source and number. */
  doubled = 0;
  /** Messages whose number did not follow on the one before of their source. */
  losses = 0;
  resets = 0;
  epoch = 0;
  readonly #numbers = new Map<string, number>();
  readonly #heard = new Set<string>();

  private constructor(bus: Bus) {
    this.bus = bus;
    bus.listen(UPDATES_SUBJECT, ({ payload }) => this.#hear(payload));
  }

  static async connect(url: string): Promise<Listener> {
    const log = createLogger('test');
    log.level = 'fatal';
    const listener = new Listener(await connectBus({ url, name: 'listener', log }));
    await listener.bus.flush();
    return listener;
  }

  /** Processes that were heard. */
  get sources(): number {
    return this.#numbers.size;
  }

  of(measurement: string): Update[] {
    return this.updates.filter((update) => update.measurement === measurement);
  }

  /** Rows told of a measurement, in all updates. */
  rows(measurement: string): number {
    return this.of(measurement).reduce((sum, { rows }) => sum + rows, 0);
  }

  async untilRows(measurement: string, rows: number): Promise<void> {
    await waitUntil(() => this.rows(measurement) >= rows, {
      what: `${rows} rows of ${measurement} to be told (${this.rows(measurement)} were)`,
      deadlineMs: DEADLINE_MS,
    });
  }

  async untilResets(resets: number): Promise<void> {
    await waitUntil(() => this.resets >= resets, {
      what: `${resets} resets (${this.resets} came)`,
      deadlineMs: DEADLINE_MS,
    });
  }

  close(): Promise<void> {
    return this.bus.close();
  }

  #hear(payload: Uint8Array): void {
    const message = decodeUpdate(payload);
    const identity = `${message.epoch} ${message.source} ${message.number}`;
    if (this.#heard.has(identity)) this.doubled++;
    this.#heard.add(identity);
    if (message.epoch < this.epoch) {
      this.outdated++;
      return;
    }
    this.epoch = message.epoch;
    this.messages.push(message);
    const before = this.#numbers.get(message.source);
    if (before !== undefined && message.number !== before + 1) this.losses++;
    this.#numbers.set(message.source, message.number);
    if (message.kind === 'reset') this.resets++;
    else this.updates.push(message);
  }
}
