/** Who is at work on a preview: one at a time. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { CommandError } from '@overseer/local/commands';
import type { Cluster } from './cluster.ts';
import type { LiveObject } from './objects.ts';

/** Whoever has not renewed for so long is taken for dead. */
const DURATION_MS = 60_000;
/** A few renewals may fail, and clocks may differ by what is left. */
const RENEWAL_INTERVAL_MS = 15_000;

const HOLDER = describeHolder();

interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
}
type LiveLease = LiveObject<LeaseSpec>;

/**
 * A Lease in the preview's project. The API server decides between two at once: of two that make it, one is told that it is there; of two that change it as they read it,
 * one is told of a conflict.
 *
 * It keeps two updates of a pull request apart, which would each wait for pods that the other one replaces. It need not be safe beyond that: all that
 * is done under it may be done twice. So clocks decide when a holder is dead.
 */
export class WorkLease implements AsyncDisposable {
  readonly #lost = new AbortController();
  readonly #timer: ReturnType<typeof setInterval>;
  #lease: LiveLease;
  #renewal: Promise<void> = Promise.resolve();

  private constructor(
    private readonly cluster: Cluster,
    private readonly namespace: string,
    lease: LiveLease,
  ) {
    this.#lease = lease;
    this.#timer = setInterval(() => {
      this.#renewal = this.#renew();
    }, RENEWAL_INTERVAL_MS);
  }

  /**
   * @param name of the Lease
   * @throws CommandError saying who is at work
   */
  static async take(cluster: Cluster, namespace: string, name: string): Promise<WorkLease> {
    const found = await cluster.get<LiveLease>('leases', name, namespace);
    if (found && isHeld(found)) throw heldError(namespace, found);
    const lease = leaseOf(name, found?.metadata.resourceVersion);
    const isTaken = found
      ? await cluster.replace(lease, namespace)
      : await cluster.create(lease, namespace);
    const now = await cluster.get<LiveLease>('leases', name, namespace);
    if (isTaken && now?.spec?.holderIdentity === lease.spec.holderIdentity) {
      return new WorkLease(cluster, namespace, now);
    }
    throw heldError(namespace, now);
  }

  /** Aborted when somebody else took it: this process was silent for too long. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  async #renew(): Promise<void> {
    const { metadata, spec } = this.#lease;
    try {
      const renewed = { ...leaseOf(metadata.name, metadata.resourceVersion), spec: renew(spec) };
      const isRenewed = await this.cluster.replace(renewed, this.namespace);
      const now = await this.cluster.get<LiveLease>('leases', metadata.name, this.namespace);
      if (isRenewed && now?.spec?.holderIdentity === HOLDER) this.#lease = now;
      else this.#lost.abort();
    } catch (error) {
      // The next renewal tries again; when none comes through, whoever takes it over is the one who goes on.
      if (!(error instanceof CommandError)) throw error;
    }
  }

  /** Gives it back, unless it is lost or gone with its project. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#renewal;
    if (this.#lost.signal.aborted) return;
    const { metadata } = this.#lease;
    const free = leaseOf(metadata.name, metadata.resourceVersion);
    try {
      await this.cluster.replace({ ...free, spec: { holderIdentity: '' } }, this.namespace);
    } catch (error) {
      // It ends by itself, and why the command failed is what matters.
      if (!(error instanceof CommandError)) throw error;
    }
  }
}

function leaseOf(name: string, resourceVersion: string | undefined) {
  const now = microTime();
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, ...(resourceVersion !== undefined && { resourceVersion }) },
    spec: {
      holderIdentity: HOLDER,
      leaseDurationSeconds: DURATION_MS / 1000,
      acquireTime: now,
      renewTime: now,
    },
  };
}

function renew(spec: LeaseSpec | undefined): LeaseSpec {
  return { ...spec, renewTime: microTime() };
}

/** For the people who read it: the run of a workflow, or who sits where; then what tells processes apart. */
function describeHolder(): string {
  const {
    GITHUB_SERVER_URL: server,
    GITHUB_REPOSITORY: repository,
    GITHUB_RUN_ID: run,
    USER: user = 'somebody',
  } = process.env;
  const who = run ? `${server}/${repository}/actions/runs/${run}` : `${user}@${hostname()}`;
  return `${who} (process ${process.pid}, ${randomBytes(4).toString('hex')})`;
}

function isHeld({ spec = {} }: LiveLease): boolean {
  if (!spec.holderIdentity) return false;
  const renewedAt = Date.parse(spec.renewTime ?? '');
  return Date.now() < renewedAt + (spec.leaseDurationSeconds ?? 0) * 1000;
}

function heldError(namespace: string, lease: LiveLease | undefined): CommandError {
  const { holderIdentity = 'somebody else', acquireTime = 'now' } = lease?.spec ?? {};
  return new CommandError(
    `${holderIdentity} is at work on ${namespace}, since ${acquireTime}. Nothing was changed. Wait until that is done and start again; if it is dead, its claim ends ${DURATION_MS / 1000} s after its last sign of life.`,
  );
}

/** As the API wants it: six digits. */
function microTime(): string {
  return new Date().toISOString().replace('Z', '000Z');
}
