import type { Logger } from '../log.ts';
import {
  type Certificate,
  type CertificateFiles,
  CertificateSource,
  certificatePaths,
} from './certificate.ts';

export interface ListenerOptions extends CertificateFiles {
  readonly port: number;
  /**
   * Makes a server that listens.
   * @param port the same for all of them
   * @param tls undefined: HTTP without TLS
   */
  readonly listen: (port: number, tls: Certificate | undefined) => Bun.Server<unknown>;
  readonly log: Logger;
  /** Told when the port could not be taken again: nobody can connect any more. */
  readonly onFailure: (error: unknown) => void;
  readonly pollIntervalMs?: number;
}

/**
 * A server that shows its certificate as the files have it. Bun can't give a server another certificate, so a new one takes
 * the port over: requests under way are answered, idle connections are closed, and clients connect again.
 */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #certificates: CertificateSource | undefined;
  /** Those replaced, until their last request is answered. */
  readonly #replaced = new Set<Bun.Server<unknown>>();
  #server: Bun.Server<unknown>;

  /** @throws SettingError for a certificate that can't be used; whatever `listen` throws */
  constructor(options: ListenerOptions) {
    this.#options = options;
    const paths = certificatePaths(options);
    const { listen, log, port, pollIntervalMs } = options;
    if (paths) {
      const replace = (certificate: Certificate) => this.#replace(certificate);
      this.#certificates = new CertificateSource(paths, log, replace, pollIntervalMs);
    }
    try {
      this.#server = listen(port, this.#certificates?.current);
    } catch (error) {
      this.#certificates?.stop();
      throw error;
    }
  }

  get url(): URL {
    return this.#server.url;
  }

  /**
   * Accepts no more connections.
   * @param isAtOnce whether requests under way are cut off
   * @returns resolved when the last request is answered
   */
  async stop(isAtOnce = false): Promise<void> {
    this.#certificates?.stop();
    const servers = [this.#server, ...this.#replaced];
    await Promise.all(servers.map((server) => server.stop(isAtOnce)));
  }

  #replace(certificate: Certificate): void {
    const before = this.#server;
    const port = before.port as number;
    this.#replaced.add(before);
    // Gives the port back at once.
    void before.stop().then(() => this.#replaced.delete(before));
    try {
      this.#server = this.#options.listen(port, certificate);
    } catch (error) {
      this.#options.onFailure(error);
    }
  }
}
