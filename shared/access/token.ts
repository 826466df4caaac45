import { hash, randomBytes } from 'node:crypto';

/** Marks a token as ours, for people and for programs that look for secrets in what is published. */
const PREFIX = 'ovs_';
/** 256 bits, as many as the digest has. */
const SECRET_BYTES = 32;
export const DIGEST_BYTES = 32;
/** A longer text is no token, and not worth hashing. */
export const TOKEN_BYTES_MAX = 512;

/** A new token: 256 random bits. */
export function createToken(): string {
  return `${PREFIX}${randomBytes(SECRET_BYTES).toString('base64url')}`;
}

/**
 * What is kept of a token: its SHA-256. A slow hash, such as bcrypt, makes guessing the words of people dear; nobody
 * guesses 256 random bits, while every request would pay for the slowness, and strangers could make us pay.
 */
export function digestOfToken(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
