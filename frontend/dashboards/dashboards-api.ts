import { AnswerError } from '@overseer/shared';
import { AccessError } from '@overseer/shared/access';
import type { Door } from '../access/door.ts';
import { readText } from '../api/parameters.ts';
import { RequestError } from '../errors.ts';
import { isAllowedOrigin } from '../live/origin.ts';
import { readDashboardFile } from './dashboard-file.ts';
import { isDashboardId } from './dashboard-id.ts';
import type { Dashboards, ExpectedRevision } from './dashboards.ts';
import { DASHBOARDS_PATH, type DashboardAnswer, type DashboardEntry } from './protocol.ts';

/** Of a body: some hundred panels. */
const DASHBOARD_BYTES_MAX = 256 * 1024;
const JSON_TYPE = 'application/json';
const ID_PATH = `${DASHBOARDS_PATH}/:id`;

/** One request, with the id that its path names. */
interface DashboardRequest {
  readonly request: Request;
  readonly id: string;
}

type Handler = (request: DashboardRequest) => Promise<Response>;
type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** Dashboards over HTTP, as docs/dashboards.md describes it. */
export class DashboardsApi {
  /** By path and method. */
  readonly routes: Readonly<Record<string, Partial<Readonly<Record<Method, Handler>>>>> = {
    [DASHBOARDS_PATH]: {
      GET: (request) => this.#list(request),
      POST: (request) => this.#create(request),
    },
    [ID_PATH]: {
      GET: (request) => this.#read(request),
      PUT: (request) => this.#save(request),
      DELETE: (request) => this.#delete(request),
    },
    [`${ID_PATH}/history`]: { GET: (request) => this.#history(request) },
    [`${ID_PATH}/restore`]: { POST: (request) => this.#restore(request) },
  };

  constructor(
    private readonly dashboards: Dashboards,
    private readonly door: Pick<Door, 'visitor'>,
    private readonly allowedOrigins: readonly string[],
  ) {}

  async #list({ request }: DashboardRequest): Promise<Response> {
    const { grant } = this.door.visitor(request);
    const isDeleted = parameter(request, 'deleted') === 'true';
    return answer(this.dashboards.list(grant, isDeleted));
  }

  async #create({ request }: DashboardRequest): Promise<Response> {
    const grant = this.#changer(request);
    const spec = readDashboardFile(await readJson(request));
    return entryAnswer(await this.dashboards.create(grant, spec), 201);
  }

  async #read({ request, id }: DashboardRequest): Promise<Response> {
    const { grant } = this.door.visitor(request);
    const text = parameter(request, 'revision');
    const revision = text === null ? undefined : parseRevision(text, 'revision');
    return entryAnswer(await this.dashboards.read(grant, id, revision));
  }

  async #save({ request, id }: DashboardRequest): Promise<Response> {
    const grant = this.#changer(request);
    const expected = expectedRevision(request);
    const spec = readDashboardFile(await readJson(request));
    const entry = await this.dashboards.save(grant, id, spec, expected);
    return entryAnswer(entry, expected === 'none' ? 201 : 200);
  }

  async #delete({ request, id }: DashboardRequest): Promise<Response> {
    const grant = this.#changer(request);
    return entryAnswer(await this.dashboards.delete(grant, id, expectedRevision(request)));
  }

  async #history({ request, id }: DashboardRequest): Promise<Response> {
    const { grant } = this.door.visitor(request);
    return answer(await this.dashboards.history(grant, id));
  }

  async #restore({ request, id }: DashboardRequest): Promise<Response> {
    const grant = this.#changer(request);
    const expected = expectedRevision(request);
    const body = (await readJson(request)) as { readonly revision?: unknown } | null;
    const revision = parseRevision(String(body?.revision), 'revision');
    return entryAnswer(await this.dashboards.restore(grant, id, revision, expected));
  }

  /** Who changes something. Cookies are not sent for other sites; where no tokens are set, any site could ask in a visitor's name. */
  #changer(request: Request) {
    if (!isAllowedOrigin(request, this.allowedOrigins)) {
      throw new AccessError(403, 'other sites may not change dashboards');
    }
    return this.door.visitor(request).grant;
  }
}

/** The id of a path. @throws RequestError 404 */
export function dashboardIdOf(params: Readonly<Record<string, string>> | undefined): string {
  const id = params?.id ?? '';
  if (params === undefined || id === '' || isDashboardId(id)) return id;
  throw new RequestError(404, `there is no dashboard ${JSON.stringify(id)}`);
}

function answer<Data>(data: Data, status = 200, headers: Record<string, string> = {}): Response {
  const body: DashboardAnswer<Data> = { status: 'success', data };
  // Who asks again wants to know what others have saved.
  return Response.json(body, { status, headers: { 'cache-control': 'no-store', ...headers } });
}

function entryAnswer(entry: DashboardEntry, status = 200): Response {
  return answer(entry, status, { etag: `"${entry.revision}"` });
}

/** What a request says that there is. @throws RequestError 428, AnswerError bad_data */
function expectedRevision({ headers }: Request): ExpectedRevision {
  const match = headers.get('if-match');
  if (match !== null) return parseRevision(match.replace(/^"(.*)"$/, '$1'), 'the header If-Match');
  const noneMatch = headers.get('if-none-match');
  if (noneMatch === '*') return 'none';
  throw new RequestError(
    428,
    'the header If-Match: "<revision>" is missing, of the revision that was changed; If-None-Match: * makes a new dashboard',
  );
}

function parseRevision(text: string, what: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new AnswerError(
    'bad_data',
    `${what} is ${JSON.stringify(text)}; valid is a revision, such as 12`,
  );
}

function parameter({ url }: Request, name: string): string | null {
  return new URL(url).searchParams.get(name);
}

/** @throws AnswerError bad_data, RequestError 413 */
async function readJson(request: Request): Promise<unknown> {
  const text = await readText(request, DASHBOARD_BYTES_MAX, 'dashboard');
  const [type = ''] = (request.headers.get('content-type') ?? '').split(';', 1);
  if (type.trim().toLowerCase() !== JSON_TYPE) {
    throw new AnswerError('bad_data', `content-type is "${type}"; valid is ${JSON_TYPE}`);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AnswerError('bad_data', `the body is no JSON: ${reason}`, { cause });
  }
}
