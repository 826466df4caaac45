import { isDeepStrictEqual } from 'node:util';
import { answerDifferences } from './answer-comparison.ts';
import type { OtherAnswers } from './api-requests.ts';
import { strictAnswer } from './strict-answer.ts';
import type { Twin, Twins } from './twins.ts';

/** Where a parameter was wrong is told by the position of a text, or by the words themselves. */
const PREFIXES = /^(?:invalid parameter "[^"]*": )?(?:Invalid time value for '\w+': )?/;

interface ApiAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * Asks both, and compares.
 * @param request path and parameters, not escaped
 * @returns what differs; undefined: nothing
 */
export async function apiDifference(
  twins: Twins,
  request: string,
  { isOtherStatus = false }: Partial<OtherAnswers> = {},
): Promise<{ readonly text: string; readonly isAllowed: boolean } | undefined> {
  const asked = (twin: Twin) => twins.text(twin, escaped(request));
  const [expected, actual] = await Promise.all([asked(twins.prometheus), asked(twins.overseer)]);
  const kinds = [expected, actual].map(
    ({ status, text }) => `${status} ${errorOf(text)?.errorType}`,
  );
  if (kinds[0] !== kinds[1]) {
    const text = `${request}: ${kinds[1]} instead of ${kinds[0]}: ${actual.text.slice(0, 200)}`;
    return { text, isAllowed: isOtherStatus };
  }
  const text = differenceOf(request, expected, actual);
  return text === undefined
    ? undefined
    : { text: `${request}: ${text}`, isAllowed: !isOtherStatus };
}

function differenceOf(request: string, expected: ApiAnswer, actual: ApiAnswer): string | undefined {
  const [wanted, given] = [errorOf(expected.text), errorOf(actual.text)];
  if (wanted && given) {
    const [words, told] = [wanted, given].map(({ error }) => error.replace(PREFIXES, ''));
    // There may be more to say than Prometheus does.
    return told?.startsWith(words as string) ? undefined : `“${told}” instead of “${words}”`;
  }
  if (/^\/query(?:_range)?\?/.test(request)) {
    return answerDifferences(strictAnswer(expected.text), strictAnswer(actual.text))[0];
  }
  const [wantedBody, givenBody] = [expected, actual].map(({ text }) => inOrder(JSON.parse(text)));
  return isDeepStrictEqual(wantedBody, givenBody)
    ? undefined
    : `${actual.text.slice(0, 200)} instead of ${expected.text.slice(0, 200)}`;
}

/** Label sets come in any order, other lists in theirs. */
function inOrder(body: { readonly data: unknown }) {
  const { data } = body;
  if (!Array.isArray(data) || typeof data[0] !== 'object') return body;
  return { ...body, data: data.map((labels) => JSON.stringify(labels)).sort() };
}

function errorOf(text: string): { readonly errorType: string; readonly error: string } | undefined {
  // Prometheus has pages without JSON for paths that it does not know.
  if (!text.startsWith('{')) return { errorType: 'none', error: text };
  const body = JSON.parse(text);
  return body.status === 'error' ? body : undefined;
}

function escaped(request: string): string {
  const [path = '', parameters = ''] = request.split(/\?(.*)/s);
  const pairs = parameters.split('&').filter((pair) => pair !== '');
  const search = new URLSearchParams(
    pairs.map((pair) => pair.split(/=(.*)/s).slice(0, 2) as [string, string]),
  );
  return `${path}?${search}`;
}
