import {
  AnswerError,
  DATABASE_NAME_BYTES_MAX,
  NAME_BYTES_MAX,
  type PointsQuestion,
  type TagMatcher,
} from '@overseer/shared';
import { RequestFields } from '../queries/request-fields.ts';

const MATCHERS_MAX = 64;
/** As long as a tag value can be; patterns have the same limit of their own. */
const OPERAND_LENGTH_MAX = 64 * 1024;
const OPERATORS: readonly unknown[] = ['=', '!=', '=~', '!~'];

/** Which points are meant, or AnswerError bad_data naming the first field that is wrong. */
export function readPointsQuestion(request: Readonly<Record<string, unknown>>): PointsQuestion {
  const fields = new RequestFields(request);
  const startNs = fields.optionalTimeNs('startNs');
  const endNs = fields.optionalTimeNs('endNs');
  if (startNs !== undefined && endNs !== undefined && endNs <= startNs) {
    throw new AnswerError('bad_data', `endNs is ${endNs}; valid is later than startNs, ${startNs}`);
  }
  return {
    db: fields.text('db', DATABASE_NAME_BYTES_MAX),
    ...(fields.has('measurement') && { measurement: fields.text('measurement', NAME_BYTES_MAX) }),
    tags: fields.has('tags') ? readMatchers(fields) : [],
    ...(startNs !== undefined && { startNs }),
    ...(endNs !== undefined && { endNs }),
  };
}

function readMatchers(fields: RequestFields): TagMatcher[] {
  return fields.list('tags', MATCHERS_MAX).map((value) => {
    if (isMatcher(value)) return value;
    throw new AnswerError(
      'bad_data',
      'tags has something else than lists of a tag, one of = != =~ !~, and a value',
    );
  });
}

function isMatcher(value: unknown): value is TagMatcher {
  if (!Array.isArray(value) || value.length !== 3) return false;
  const [tag, operator, operand] = value;
  return (
    isText(tag, NAME_BYTES_MAX) &&
    tag.length > 0 &&
    OPERATORS.includes(operator) &&
    isText(operand, OPERAND_LENGTH_MAX)
  );
}

const isText = (value: unknown, lengthMax: number): value is string =>
  typeof value === 'string' && value.length <= lengthMax;
