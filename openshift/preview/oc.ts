/**
 * The only module that starts `oc`.
 *
 * What a person who knows `oc` would type, and nothing that it could not do: who it is, and where the cluster is, stay its own matter. What
 * is given to it in secret goes by standard input, never by its arguments, which everybody on a machine can read.
 */
import { CommandError, eachLine, InterruptedError } from '@overseer/local/commands';

/** Of one call, waiting for the cluster included. */
const TIME_LIMIT_MS = 60_000;
/** Lists of a project's pods and events are far below. */
const OUTPUT_BYTES_MAX = 64 * 1024 ** 2;
/** What is shown of its errors. */
const ERROR_CHARACTERS_MAX = 4096;
/** Shorter ones are words such as "true", and hiding them would garble messages. */
const SECRET_CHARACTERS_MIN = 6;

/** `oc` is there and said no. */
export class OcError extends CommandError {
  override name = 'OcError';

  /** @param reason the API's own, such as `NotFound`, `Conflict` or `Forbidden`; undefined when it is no answer of the API */
  constructor(
    message: string,
    readonly reason: string | undefined,
  ) {
    super(message);
  }
}

export interface OcInput {
  /** For its standard input. */
  readonly input?: string;
  /** What must not be in an error message, though `oc` may say it. */
  readonly secrets?: readonly string[];
  readonly timeLimitMs?: number;
}

export class Oc {
  /**
   * @param signal ends what runs
   * @param program `oc`, or `kubectl` for plain Kubernetes: name or path
   */
  constructor(
    private readonly signal: AbortSignal,
    private readonly program: string,
  ) {}

  /**
   * Runs it to its end.
   * @returns what it printed
   * @throws OcError, CommandError when it can't be started or takes too long, InterruptedError
   */
  async run(args: readonly string[], options: OcInput = {}): Promise<string> {
    const { input = '', secrets = [], timeLimitMs = TIME_LIMIT_MS } = options;
    const limit = AbortSignal.timeout(timeLimitMs);
    const child = this.#start(args, AbortSignal.any([limit, this.signal]), new Blob([input]));
    const [output, errors, exitCode] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    if (this.signal.aborted) throw new InterruptedError('Interrupted.');
    if (limit.aborted) {
      throw new CommandError(
        `${this.#describe(args)} had no answer for ${timeLimitMs / 1000} s. Check that the cluster can be reached: "${this.program} version".`,
      );
    }
    if (exitCode === 0) return output;
    throw this.#failure(args, `exit code ${exitCode}`, hide(errors, secrets));
  }

  /** Runs it to its end and reads what it printed; nothing printed is undefined. */
  async json<T>(args: readonly string[], options: OcInput = {}): Promise<T | undefined> {
    const output = await this.run([...args, '-o', 'json'], options);
    return output.trim() === '' ? undefined : (JSON.parse(output) as T);
  }

  /**
   * Calls `onLine` with each line that it prints, until it ends or is interrupted, without a time limit.
   * @returns what it has to say besides
   * @throws OcError
   */
  async follow(args: readonly string[], onLine: (line: string) => void): Promise<string> {
    const child = this.#start(args, this.signal);
    const [, errors, exitCode] = await Promise.all([
      eachLine(child.stdout, onLine),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    if (exitCode !== 0 && !this.signal.aborted) {
      throw this.#failure(args, `exit code ${exitCode}`, errors);
    }
    return errors.trim();
  }

  #start(args: readonly string[], signal: AbortSignal, input?: Blob) {
    // It needs none of ours, and what it starts (a plug-in that signs in) needs them no more.
    const { GITHUB_TOKEN: _, ...environment } = process.env;
    try {
      return Bun.spawn([this.program, ...args], {
        env: environment,
        stdin: input ?? 'ignore',
        stdout: 'pipe',
        stderr: 'pipe',
        signal,
        maxBuffer: OUTPUT_BYTES_MAX,
      });
    } catch (cause) {
      throw new CommandError(
        `"${this.program}" can't be started: ${(cause as Error).message}. Install the OpenShift client, or say with OC which program it is; kubectl does for plain Kubernetes.`,
        { cause },
      );
    }
  }

  #failure(args: readonly string[], how: string, errors: string): OcError {
    const said = errors.trim().slice(-ERROR_CHARACTERS_MAX);
    const reason = /^Error from server \((?<reason>\w+)\)/m.exec(said)?.groups?.reason;
    const advice = ADVICE[reason ?? ''] ?? '';
    return new OcError(`${this.#describe(args)} failed: ${said || how}${advice}`, reason);
  }

  /** Up to its first option: what comes then says nothing to the user. */
  #describe(args: readonly string[]): string {
    const options = args.findIndex((arg) => arg.startsWith('-'));
    return `"${[this.program, ...args.slice(0, options < 0 ? args.length : options)].join(' ')}"`;
  }
}

const ADVICE: Readonly<Record<string, string>> = {
  Forbidden:
    '\nThe account lacks a right: docs/openshift.md says which ones each step needs, and cluster-setup.yaml grants them.',
  Unauthorized:
    '\nThe account is not signed in, or its token has expired: sign in with "oc login".',
};

function hide(text: string, secrets: readonly string[]): string {
  const all = secrets.flatMap((secret) => [secret, Buffer.from(secret).toString('base64')]);
  return all
    .filter(({ length }) => length >= SECRET_CHARACTERS_MIN)
    .reduce((shown, secret) => shown.replaceAll(secret, '(hidden)'), text);
}
