/** Whether pull requests are open, as GitHub says. */
import { UsageError } from '@overseer/local/commands';

const TIME_LIMIT_MS = 15_000;
const API_URL = 'https://api.github.com';

/** The state of a pull request, or why nobody knows it. */
export type PullRequestAnswer = 'open' | 'closed' | { readonly unknown: string };

export class GitHub {
  readonly #headers: Readonly<Record<string, string>>;

  /**
   * @param repository `owner/name`
   * @param apiUrl of GitHub Enterprise, else
   * @param token with the right to read pull requests; a public repository needs none
   * @throws UsageError
   */
  constructor(
    private readonly repository: string,
    private readonly apiUrl = API_URL,
    token: string | undefined = undefined,
  ) {
    if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) {
      throw new UsageError(`--repository is ${repository}; write it as owner/name.`);
    }
    this.#headers = {
      accept: 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
      ...(token && { authorization: `Bearer ${token}` }),
    };
  }

  /**
   * What becomes of a preview must not depend on a guess: an answer that is not one of the two says why instead.
   */
  async stateOf(pullRequest: number, signal: AbortSignal): Promise<PullRequestAnswer> {
    const url = `${this.apiUrl}/repos/${this.repository}/pulls/${pullRequest}`;
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(TIME_LIMIT_MS)]);
      const response = await fetch(url, { headers: this.#headers, signal: limit });
      // 404 is also what somebody gets who may not read the repository.
      if (!response.ok) return { unknown: `GitHub answered ${response.status} about it` };
      const { number, state } = (await response.json()) as { number?: unknown; state?: unknown };
      if (number === pullRequest && (state === 'open' || state === 'closed')) return state;
      return { unknown: 'GitHub answered something else than a pull request' };
    } catch (error) {
      return { unknown: `GitHub could not be asked: ${(error as Error).message}` };
    }
  }
}
