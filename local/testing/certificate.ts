/** Certificates for tests, made here: not every machine has openssl, and no private key belongs into a repository. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Of ASN.1's distinguished encoding rules, as far as a certificate needs them. */
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const UTF8_STRING = 0x0c;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const SET = 0x31;
/** Explicit tags of a certificate's fields. */
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
/** Implicit tags of a subject's alternative names. */
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;

const VERSION_3 = Buffer.of(2);
const ECDSA_WITH_SHA256 = Buffer.from('06082a8648ce3d040302', 'hex');
const COMMON_NAME = Buffer.from('0603550403', 'hex');
const SUBJECT_ALT_NAME = Buffer.from('0603551d11', 'hex');

const DAY_MS = 86_400_000;

export interface TestCertificate {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

/** A self-signed certificate for localhost and 127.0.0.1, valid from yesterday until tomorrow. */
export function createCertificate(commonName: string): TestCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const content = certificateContent(commonName, publicKey);
  const signature = sign('sha256', content, privateKey);
  const whole = der(
    SEQUENCE,
    content,
    der(SEQUENCE, ECDSA_WITH_SHA256),
    der(BIT_STRING, Buffer.of(0), signature),
  );
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** Writes both files into a folder, in place of those that are there. */
export function writeCertificate(folder: string, { cert, key }: TestCertificate) {
  const paths = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  writeFileSync(paths.cert, cert);
  writeFileSync(paths.key, key, { mode: 0o600 });
  return paths;
}

function certificateContent(commonName: string, publicKey: KeyObject): Buffer {
  const attribute = der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, Buffer.from(commonName)));
  const name = der(SEQUENCE, der(SET, attribute));
  const alternatives = der(
    SEQUENCE,
    der(DNS_NAME, Buffer.from('localhost')),
    der(IP_ADDRESS, Buffer.of(127, 0, 0, 1)),
  );
  const serial = Buffer.concat([Buffer.of(1), randomBytes(8)]);
  return der(
    SEQUENCE,
    der(VERSION, der(INTEGER, VERSION_3)),
    der(INTEGER, serial),
    der(SEQUENCE, ECDSA_WITH_SHA256),
    name,
    der(SEQUENCE, time(Date.now() - DAY_MS), time(Date.now() + DAY_MS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(
      EXTENSIONS,
      der(SEQUENCE, der(SEQUENCE, SUBJECT_ALT_NAME, der(OCTET_STRING, alternatives))),
    ),
  );
}

function time(timeMs: number): Buffer {
  const digits = new Date(timeMs).toISOString().replace(/\.\d+|[-:T]/g, '');
  return der(GENERALIZED_TIME, Buffer.from(digits));
}

/** A tag, the length in as few bytes as it takes, and the content. */
function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat(content);
  const { length } = bytes;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), bytes]);
  const digits = Buffer.from(length.toString(16).padStart(length > 0xff ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.of(tag, 0x80 | digits.length), digits, bytes]);
}
