/** What ingress must have seen before it takes points. */
export type Requirement = 'installation' | 'control' | 'schema' | 'stream' | 'parser';

export interface ReadinessReport {
  readonly ready: boolean;
  /** Reasons by requirement. */
  readonly missing: Readonly<Record<string, string>>;
}

/** Which requirements are missing, each with its reason; ready when there is none. */
export class Readiness {
  readonly #missing = new Map<string, string>([
    ['control', 'the control bucket was not read yet'],
    ['installation', 'the store has not announced its installation yet'],
    ['schema', 'the schema bucket was not read yet'],
    ['stream', 'the stream of points was not checked yet'],
    ['parser', 'the parser waits for the installation and the stream'],
  ] satisfies [Requirement, string][]);
  readonly #connected: () => boolean;

  /** @param connected whether NATS is connected now */
  constructor(connected: () => boolean) {
    this.#connected = connected;
  }

  satisfy(requirement: Requirement): void {
    this.#missing.delete(requirement);
  }

  miss(requirement: Requirement, reason: string): void {
    this.#missing.set(requirement, reason);
  }

  get ready(): boolean {
    return this.#missing.size === 0 && this.#connected();
  }

  /** Reasons by requirement. */
  get missing(): Readonly<Record<string, string>> {
    const nats = this.#connected() ? {} : { nats: 'NATS is not connected' };
    return { ...nats, ...Object.fromEntries(this.#missing) };
  }

  get report(): ReadinessReport {
    return { ready: this.ready, missing: this.missing };
  }
}
