import { hash } from 'node:crypto';

const DIGITS = 16;

/** What tells expressions apart in traces, where the expression itself, with its users' names, has no place: 16 hexadecimal digits. */
export function expressionHash(expression: string): string {
  return hash('sha256', expression, 'hex').slice(0, DIGITS);
}
