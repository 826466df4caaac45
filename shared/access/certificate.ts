import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Logger } from '../log.ts';
import { SettingError } from '../settings.ts';
import { WatchedFiles } from './watched-files.ts';

export interface CertificateFiles {
  readonly tlsCertificate: string | undefined;
  readonly tlsKey: string | undefined;
}

/** PEM texts, as `Bun.serve` takes them for `tls`. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** The certificate that a server shows, as its files have it. */
export class CertificateSource {
  readonly #paths: { readonly cert: string; readonly key: string };
  readonly #log: Logger;
  readonly #onChange: (certificate: Certificate) => void;
  readonly #files: WatchedFiles;
  #current: Certificate;

  /**
   * Reads the files, and reads them again when they change; files that are wrong then change nothing.
   * @throws SettingError when they can't be used
   */
  constructor(
    paths: { readonly cert: string; readonly key: string },
    log: Logger,
    onChange: (certificate: Certificate) => void,
    pollIntervalMs?: number,
  ) {
    this.#paths = paths;
    this.#log = log;
    this.#onChange = onChange;
    this.#files = new WatchedFiles([paths.cert, paths.key], () => this.#reload(), pollIntervalMs);
    try {
      this.#current = readCertificate(paths);
    } catch (error) {
      this.stop();
      throw error;
    }
    this.#tell('serving HTTPS');
  }

  get current(): Certificate {
    return this.#current;
  }

  stop(): void {
    this.#files.stop();
  }

  #reload(): void {
    let certificate: Certificate;
    try {
      certificate = readCertificate(this.#paths);
    } catch (error) {
      if (!(error instanceof SettingError)) throw error;
      this.#log.error(`${error.message}; the certificate stays what it was`);
      return;
    }
    const { cert, key } = this.#current;
    if (certificate.cert === cert && certificate.key === key) return;
    this.#current = certificate;
    this.#tell('the certificate has changed');
    this.#onChange(certificate);
  }

  #tell(message: string): void {
    const { subject, validTo } = new X509Certificate(this.#current.cert);
    this.#log.info({ subject, validTo }, message);
    if (Date.parse(validTo) < Date.now())
      this.#log.warn({ validTo }, 'the certificate has expired');
  }
}

/**
 * The paths of the settings; undefined: HTTP without TLS.
 * @throws SettingError when there is one without the other
 */
export function certificatePaths({ tlsCertificate: cert, tlsKey: key }: CertificateFiles) {
  if (cert === undefined && key === undefined) return undefined;
  if (cert !== undefined && key !== undefined) return { cert, key };
  const [missing, given] = cert === undefined ? ['TLS_CERT', 'TLS_KEY'] : ['TLS_KEY', 'TLS_CERT'];
  throw new SettingError(`${given} is set and ${missing} is not; HTTPS needs both files`);
}

/** @throws SettingError when the files can't be read or don't belong together */
function readCertificate(paths: { readonly cert: string; readonly key: string }): Certificate {
  const cert = readPem('TLS_CERT', paths.cert);
  const key = readPem('TLS_KEY', paths.key);
  const certificate = parsePem('TLS_CERT', paths.cert, () => new X509Certificate(cert));
  const privateKey = parsePem('TLS_KEY', paths.key, () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new SettingError(`TLS_KEY, ${paths.key}, is not the key of TLS_CERT, ${paths.cert}`);
  }
  tryOut(paths.cert, { cert, key });
  return { cert, key };
}

/** Whatever else could be wrong with it has to show before a server is given up for it. */
function tryOut(path: string, tls: Certificate): void {
  try {
    const server = Bun.serve({ hostname: '127.0.0.1', port: 0, tls, fetch: () => new Response() });
    void server.stop(true);
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new SettingError(`TLS_CERT is ${path}, which can't be served: ${reason}`, { cause });
  }
}

function readPem(variable: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new SettingError(`${variable} is ${path}, which can't be read: ${reason}`, { cause });
  }
}

function parsePem<T>(variable: string, path: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new SettingError(
      `${variable} is ${path}, which can't be understood; valid is PEM, unencrypted`,
      { cause },
    );
  }
}
