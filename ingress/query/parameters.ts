import { RequestError } from '../errors.ts';
import { quoted } from '../write-parameters.ts';

export interface QueryParameters {
  /** Statements of InfluxQL. */
  readonly query: string;
  /** For statements that name no database. */
  readonly database: string | undefined;
  /** Whether people are to read the answer. */
  readonly pretty: boolean;
}

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';

/**
 * Parameters of a query: those of the body, and those of the URL that the body has not. What else clients send (`epoch`, `chunked`, …) is
 * about samples, of which no answer here has any.
 * @param type of the body: a form, or an object in JSON
 * @throws RequestError
 */
export function readQueryParameters(
  url: URLSearchParams,
  body: Uint8Array,
  type: string | null,
): QueryParameters {
  const fromBody = body.length === 0 ? new URLSearchParams() : parametersOf(body, type);
  const parameter = (name: string) => fromBody.get(name) || url.get(name) || undefined;
  const query = parameter('q');
  if (query === undefined) {
    throw new RequestError(
      400,
      'missing required parameter "q": the statements, such as ?q=SHOW DATABASES',
    );
  }
  const pretty = parameter('pretty') === 'true';
  return { query, database: parameter('db'), pretty };
}

function parametersOf(body: Uint8Array, type: string | null): URLSearchParams {
  const [mediaType = ''] = (type ?? FORM).split(';', 1);
  const text = new TextDecoder().decode(body);
  switch (mediaType.trim().toLowerCase()) {
    case FORM:
      return new URLSearchParams(text);
    case JSON_TYPE:
      return new URLSearchParams(stringsOf(text));
    default:
      throw new RequestError(
        415,
        `content-type is ${quoted(mediaType)}; valid for a query is ${FORM} or ${JSON_TYPE}`,
      );
  }
}

/** The texts among the values of an object; flags count as texts. */
function stringsOf(json: string): [name: string, value: string][] {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new RequestError(400, 'the body is no valid JSON', {}, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RequestError(400, 'the body is no JSON object, such as {"q":"SHOW DATABASES"}');
  }
  return Object.entries(value).flatMap(([name, part]): [string, string][] =>
    typeof part === 'string' || typeof part === 'boolean' ? [[name, String(part)]] : [],
  );
}
