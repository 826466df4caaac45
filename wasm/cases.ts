/** What line protocol means: bodies, and the points and errors they come to. Both implementations of the parser must agree. */

import { BYTES } from './cases/bytes.ts';
import type { Case } from './cases/case.ts';
import { FIELDS } from './cases/fields.ts';
import { LIMITS } from './cases/limits.ts';
import { LINES } from './cases/lines.ts';
import { NAMES } from './cases/names.ts';
import { STRINGS } from './cases/strings.ts';
import { TIMES } from './cases/times.ts';
import { VALUES } from './cases/values.ts';

export {
  type Case,
  type ExpectedError,
  type ExpectedPoint,
  type ExpectedValue,
  NOW_NS,
} from './cases/case.ts';

export const CASES: readonly Case[] = [
  ...LINES,
  ...NAMES,
  ...VALUES,
  ...STRINGS,
  ...FIELDS,
  ...TIMES,
  ...BYTES,
  ...LIMITS,
];
