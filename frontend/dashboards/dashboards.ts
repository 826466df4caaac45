import {
  AnswerError,
  type Bucket,
  type Bus,
  BusUnavailableError,
  DASHBOARDS_BUCKET,
  type Logger,
  RevisionError,
  StreamFullError,
} from '@overseer/shared';
import { AccessError, ANYBODY, type Grant, requireRight } from '@overseer/shared/access';
import { RequestError } from '../errors.ts';
import type { FrontendMetrics } from '../metrics.ts';
import type { DashboardSpec } from '../model/dashboard-spec.ts';
import { BUILT_IN_DASHBOARDS } from './built-in/built-in.ts';
import { DashboardConflictError } from './dashboard-errors.ts';
import { newDashboardId } from './dashboard-id.ts';
import { DASHBOARDS_MAX, DashboardShelf, type ShelvedDashboard } from './dashboard-shelf.ts';
import type { DashboardEntry, DashboardRevision, StoredDashboard } from './protocol.ts';
import {
  decodeDashboard,
  encodeDashboard,
  type SavedDashboard,
  UnreadableDashboardError,
} from './saved-dashboard.ts';

/** Each may be 64 times the largest dashboard in memory, while it is read. */
const HISTORIES_AT_ONCE_MAX = 4;
/** So many deleted dashboards make room for a save; where even that is not enough, it is the disk that is full. */
const FORGOTTEN_AT_ONCE_MAX = 10;

/** What a save says that there is: a revision, or nothing yet. */
export type ExpectedRevision = number | 'none';

export interface DashboardsOptions {
  readonly metrics: Pick<FrontendMetrics, 'dashboardSaves'>;
  readonly log: Logger;
  /** Told of every save, whoever saved. */
  readonly onChange: (saved: ShelvedDashboard) => void;
}

/**
 * Dashboards as people may see and change them. One is seen by whoever may read its database; whoever may write to that database may
 * change it, for what a dashboard says is taken for what the database says. What its panels show is asked for with rights of its own.
 *
 * All @throws AnswerError or BusUnavailableError while NATS is away, AccessError 403, RequestError 404, UnreadableDashboardError.
 */
export class Dashboards {
  readonly #options: DashboardsOptions;
  readonly #shelf: DashboardShelf;
  #bus: Bus | undefined;
  #bucket: Bucket | undefined;
  #histories = 0;

  constructor(options: DashboardsOptions) {
    this.#options = options;
    this.#shelf = new DashboardShelf(options.log, options.onChange);
  }

  get levels() {
    const { count, unreadableCount } = this.#shelf;
    return { dashboards: count, dashboardsUnreadable: unreadableCount };
  }

  start(bus: Bus): void {
    this.#bus = bus;
    this.#shelf.start(bus);
  }

  stop(): void {
    this.#shelf.stop();
    this.#bus = undefined;
  }

  /** By title, built-in ones first. @param isDeleted those that were deleted, instead */
  list(grant: Grant, isDeleted: boolean): DashboardEntry[] {
    this.#requireReady();
    const saved = [...this.#shelf.all]
      .filter((one) => one.isDeleted === isDeleted && grant.may('read', one.db))
      .sort((a, b) => a.title.localeCompare(b.title) || (a.id < b.id ? -1 : 1))
      .map((one) => entryOf(grant, one));
    if (isDeleted) return saved;
    const builtIn = [...BUILT_IN_DASHBOARDS]
      .filter(([, { db }]) => grant.may('read', db))
      .map(([id, spec]) => builtInEntry(id, spec));
    return [...builtIn, ...saved];
  }

  /** A dashboard, also a deleted one. @param revision as it was then; absent: as it is */
  async read(grant: Grant, id: string, revision?: number): Promise<StoredDashboard> {
    const builtIn = BUILT_IN_DASHBOARDS.get(id);
    if (builtIn) {
      requireRight(grant, 'read', builtIn.db);
      return { ...builtInEntry(id, builtIn), spec: builtIn };
    }
    return stored(grant, await this.#readable(grant, id, revision));
  }

  /** A new one. @throws AnswerError limit */
  async create(grant: Grant, spec: DashboardSpec): Promise<DashboardEntry> {
    return await this.save(grant, newDashboardId(spec.title), spec, 'none');
  }

  /** @throws DashboardConflictError, AnswerError limit */
  async save(
    grant: Grant,
    id: string,
    spec: DashboardSpec,
    expected: ExpectedRevision,
  ): Promise<DashboardEntry> {
    const current = await this.#changeable(grant, id);
    requireRight(grant, 'write', spec.db);
    if (!current && expected !== 'none') throw notFound(id);
    this.#requireRevision(grant, current, expected);
    return await this.#write(grant, id, { spec, isDeleted: false }, expected);
  }

  /** What it was stays, and can be restored. @throws DashboardConflictError */
  async delete(grant: Grant, id: string, expected: ExpectedRevision): Promise<DashboardEntry> {
    const current = await this.#changeable(grant, id);
    if (!current) throw notFound(id);
    this.#requireRevision(grant, current, expected);
    return await this.#write(grant, id, { spec: current.spec, isDeleted: true }, expected);
  }

  /** The newest save first. */
  async history(grant: Grant, id: string): Promise<DashboardRevision[]> {
    if (BUILT_IN_DASHBOARDS.has(id)) return [];
    await this.#readable(grant, id);
    if (this.#histories >= HISTORIES_AT_ONCE_MAX) {
      throw new AnswerError(
        'unavailable',
        'histories of other dashboards are being read; ask again',
      );
    }
    this.#histories++;
    try {
      const entries = await (await this.#kept()).history(id);
      return entries.flatMap((entry) => revisionOf(grant, entry)).reverse();
    } finally {
      this.#histories--;
    }
  }

  /** Saves a revision again, also of a deleted one. @throws DashboardConflictError */
  async restore(
    grant: Grant,
    id: string,
    revision: number,
    expected: ExpectedRevision,
  ): Promise<DashboardEntry> {
    const current = await this.#changeable(grant, id);
    if (!current) throw notFound(id);
    this.#requireRevision(grant, current, expected);
    const { spec } = await this.#readable(grant, id, revision);
    requireRight(grant, 'write', spec.db);
    return await this.#write(grant, id, { spec, isDeleted: false }, expected);
  }

  /** What there is of a dashboard that is about to be changed. */
  async #changeable(grant: Grant, id: string): Promise<SavedDashboard | undefined> {
    if (BUILT_IN_DASHBOARDS.has(id)) {
      throw new AccessError(403, `the dashboard "${id}" is built in; save a copy of it`);
    }
    const current = await this.#find(id);
    if (current) requireRight(grant, 'write', current.spec.db);
    return current;
  }

  async #readable(grant: Grant, id: string, revision?: number): Promise<SavedDashboard> {
    const saved = await this.#find(id, revision);
    if (!saved) throw notFound(id, revision);
    requireRight(grant, 'read', saved.spec.db);
    return saved;
  }

  async #find(id: string, revision?: number): Promise<SavedDashboard | undefined> {
    const entry = await (await this.#kept()).get(id, revision);
    return entry && decodeDashboard(entry);
  }

  #requireRevision(
    grant: Grant,
    current: SavedDashboard | undefined,
    expected: ExpectedRevision,
  ): void {
    if ((current?.revision ?? 'none') !== expected) throw this.#conflict(grant, current, expected);
  }

  #conflict(
    grant: Grant,
    current: SavedDashboard | undefined,
    expected: ExpectedRevision,
  ): DashboardConflictError {
    this.#options.metrics.dashboardSaves.inc({ outcome: 'conflict' });
    const isSeen = current && grant.may('read', current.spec.db);
    return new DashboardConflictError(
      conflictWords(current, expected),
      isSeen ? stored(grant, current) : undefined,
    );
  }

  async #write(
    grant: Grant,
    id: string,
    change: Pick<SavedDashboard, 'spec' | 'isDeleted'>,
    expected: ExpectedRevision,
  ): Promise<DashboardEntry> {
    const saved = {
      ...change,
      savedBy: grant === ANYBODY ? null : grant.name,
      savedAtMs: Date.now(),
    };
    const bucket = await this.#kept();
    if (expected === 'none') await this.#makePlace(bucket);
    const value = encodeDashboard(saved);
    const put = () =>
      expected === 'none' ? bucket.create(id, value) : bucket.update(id, value, expected);
    let revision: number;
    try {
      revision = await this.#putInRoom(bucket, put);
    } catch (error) {
      if (error instanceof RevisionError) {
        throw this.#conflict(grant, await this.#find(id), expected);
      }
      throw error;
    }
    const written = { id, revision, ...saved };
    this.#shelf.put(written);
    this.#options.metrics.dashboardSaves.inc({ outcome: change.isDeleted ? 'deleted' : 'saved' });
    return entryOf(grant, { ...written, title: saved.spec.title, db: saved.spec.db });
  }

  /** @throws AnswerError limit */
  async #makePlace(bucket: Bucket): Promise<void> {
    if (this.#shelf.count < DASHBOARDS_MAX || (await this.#forgetOldest(bucket))) return;
    throw new AnswerError(
      'limit',
      `there are ${DASHBOARDS_MAX} dashboards already; delete some that nobody needs`,
    );
  }

  /** @throws AnswerError limit when the bucket is full */
  async #putInRoom(bucket: Bucket, put: () => Promise<number>): Promise<number> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await put();
      } catch (error) {
        if (!(error instanceof StreamFullError)) throw error;
        if (attempt > FORGOTTEN_AT_ONCE_MAX) throw noRoom(error);
        if (!(await this.#forgetOldest(bucket))) throw noRoom(error);
      }
    }
  }

  /** Gives up, with its history, what was deleted first; false when nothing is deleted. */
  async #forgetOldest(bucket: Bucket): Promise<boolean> {
    const deleted = [...this.#shelf.all].filter(({ isDeleted }) => isDeleted);
    for (const { id, revision, title } of deleted.sort((a, b) => a.revision - b.revision)) {
      try {
        await bucket.delete(id, revision);
      } catch (error) {
        // Somebody restores it at this moment.
        if (error instanceof RevisionError) continue;
        throw error;
      }
      this.#shelf.drop(id);
      this.#options.log.warn({ id, title }, 'a deleted dashboard was given up to make room');
      return true;
    }
    return false;
  }

  /** The bucket, when it can be used. */
  async #kept(): Promise<Bucket> {
    const bus = this.#requireReady();
    this.#bucket ??= await bus.bucket(DASHBOARDS_BUCKET);
    return this.#bucket;
  }

  #requireReady(): Bus {
    if (!this.#bus?.connected) {
      throw new BusUnavailableError(
        'dashboards are kept in NATS, which is not connected; try again',
      );
    }
    if (this.#shelf.isReady) return this.#bus;
    throw new AnswerError(
      'unavailable',
      `dashboards are not there yet: the bucket ${DASHBOARDS_BUCKET} is being read, or the store has not made it; try again`,
    );
  }
}

function revisionOf(
  grant: Grant,
  entry: Parameters<typeof decodeDashboard>[0],
): DashboardRevision[] {
  let saved: SavedDashboard | undefined;
  try {
    saved = decodeDashboard(entry);
  } catch (error) {
    // One that can't be read can't be restored, either.
    if (error instanceof UnreadableDashboardError) return [];
    throw error;
  }
  if (!saved || !grant.may('read', saved.spec.db)) return [];
  const { revision, savedAtMs, savedBy, isDeleted, spec } = saved;
  const panels = spec.panels.length;
  return [{ revision, title: spec.title, savedAtMs, savedBy, panels, isDeleted }];
}

function stored(grant: Grant, saved: SavedDashboard): StoredDashboard {
  const { spec } = saved;
  return { ...entryOf(grant, { ...saved, title: spec.title, db: spec.db }), spec };
}

function entryOf(grant: Grant, shelved: ShelvedDashboard): DashboardEntry {
  const { id, title, db, revision, savedAtMs, savedBy, isDeleted } = shelved;
  const canSave = grant.may('write', db);
  return { id, title, db, revision, savedAtMs, savedBy, isBuiltin: false, isDeleted, canSave };
}

function builtInEntry(id: string, { title, db }: DashboardSpec): DashboardEntry {
  const nobody = { revision: 0, savedAtMs: 0, savedBy: null };
  return { id, title, db, ...nobody, isBuiltin: true, isDeleted: false, canSave: false };
}

function conflictWords(current: SavedDashboard | undefined, expected: ExpectedRevision): string {
  if (expected === 'none') return 'there is a dashboard of this id already; choose another one';
  const what = current?.isDeleted === false ? 'has changed' : 'was deleted';
  return `the dashboard ${what} meanwhile; merge with what there is, or load it again`;
}

function notFound(id: string, revision?: number): RequestError {
  const which = revision === undefined ? '' : ` of revision ${revision}`;
  return new RequestError(404, `there is no dashboard "${id}"${which}`);
}

function noRoom(cause: StreamFullError): AnswerError {
  return new AnswerError(
    'limit',
    `the bucket ${DASHBOARDS_BUCKET}, or the disk of NATS, is full; delete dashboards that nobody needs`,
    { cause },
  );
}
