/** GitHub's API, as far as it tells of pull requests. */
export class GitHubServer implements AsyncDisposable {
  /** States by number; others are not found, and a number is the status of a failure. */
  readonly pullRequests = new Map<number, 'open' | 'closed' | number>();
  /** What came as Authorization. */
  authorization = '';
  readonly #server: Bun.Server<undefined>;

  constructor(private readonly repository: string) {
    this.#server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: (request) => this.#answer(request),
    });
  }

  get url(): string {
    return this.#server.url.origin;
  }

  #answer(request: Request): Response {
    this.authorization = request.headers.get('authorization') ?? '';
    const [repository, number] = new URL(request.url).pathname
      .replace('/repos/', '')
      .split('/pulls/');
    const state = this.pullRequests.get(Number(number));
    if (repository !== this.repository || state === undefined) {
      return Response.json({ message: 'Not Found' }, { status: 404 });
    }
    if (typeof state === 'number') return Response.json({ message: 'no' }, { status: state });
    return Response.json({ number: Number(number), state });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }
}
