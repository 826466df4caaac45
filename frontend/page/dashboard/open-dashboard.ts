import { batch, computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import { type DashboardMerge, mergeDashboards } from '../../dashboards/dashboard-merge.ts';
import type { StoredDashboard } from '../../dashboards/protocol.ts';
import type { Note } from '../../model/annotation.ts';
import type { DashboardSpec, PlacedPanel } from '../../model/dashboard-spec.ts';
import {
  DashboardError,
  readDashboard,
  restoreDashboard,
  saveDashboard,
  whyFailed,
} from './dashboards-client.ts';
import { forgetDraft, readDraft, writeDraft } from './drafts.ts';
import { EditHistory } from './edit-history.ts';
import { settle } from './layout.ts';

/** Others may save again while we merge with what they saved; so often in a row, something is wrong. */
const SAVE_ATTEMPTS_MAX = 5;

const DELETED_WORDS =
  'This dashboard was deleted: restore it from the list, or save a copy of what is here';

/** Something that was done, or could not be. */
export interface DashboardNews {
  readonly kind: 'done' | 'failed';
  readonly text: string;
  /** What it is about, one thing a line. */
  readonly details: readonly string[];
}

/** A dashboard while it is open: as it was saved, and as it is being changed. */
export class OpenDashboard {
  /** What the changes began with. */
  readonly base: ReadonlySignal<StoredDashboard>;
  readonly spec: ReadonlySignal<DashboardSpec>;
  readonly isChanged: ReadonlySignal<boolean>;
  readonly isEditing = signal(false);
  readonly isSaving = signal(false);
  readonly news = signal<DashboardNews | undefined>(undefined);
  readonly history: EditHistory<DashboardSpec>;

  readonly #base;
  readonly #endings: (() => void)[];

  /** @throws DashboardError: there is none, or it may not be read */
  static async load(id: string): Promise<OpenDashboard> {
    return new OpenDashboard(await readDashboard(id));
  }

  constructor(stored: StoredDashboard) {
    this.#base = signal(stored);
    this.base = this.#base;
    this.history = new EditHistory(settled(stored.spec));
    this.spec = this.history.now;
    this.isChanged = computed(() => !isSame(this.spec.value, settled(this.#base.value.spec)));
    this.#goOn();
    if (stored.isDeleted) this.news.value = { kind: 'failed', text: DELETED_WORDS, details: [] };
    this.#endings = [effect(() => this.#keepDraft())];
  }

  get id(): string {
    return this.base.peek().id;
  }

  /** Whether whoever looks may save it under its own name. */
  readonly canSave = computed(() => this.base.value.canSave && !this.base.value.isBuiltin);

  change(change: (spec: DashboardSpec) => DashboardSpec): void {
    this.history.change(change(this.spec.peek()));
  }

  changePanel(id: string, change: (panel: PlacedPanel) => PlacedPanel): void {
    this.change((spec) => ({
      ...spec,
      panels: spec.panels.map((panel) => (panel.id === id ? change(panel) : panel)),
    }));
  }

  /** Why no note can be made here; undefined: one can. */
  readonly notesRefusal = computed(() => {
    const { isBuiltin, canSave } = this.base.value;
    if (isBuiltin)
      return 'This dashboard comes with Overseer: save a copy of it for notes of yours.';
    return canSave ? undefined : 'Notes are for those who may write to the database.';
  });

  /** Saves notes at once, without what else was changed here. @throws Error: why they are not saved */
  async changeNotes(change: (notes: readonly Note[]) => readonly Note[]): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      const { spec: saved, revision } = this.base.peek();
      const spec = { ...saved, notes: change(saved.notes) };
      try {
        const entry = await saveDashboard(this.id, spec, revision);
        this.#take({ ...entry, spec });
        return;
      } catch (error) {
        const current = takenBefore(error);
        if (!current || attempt === SAVE_ATTEMPTS_MAX) throw new Error(whyFailed(error));
        this.#take(current);
      }
    }
  }

  /** Saves what was changed; what others have saved meanwhile is merged with it. */
  async save(): Promise<void> {
    if (this.isSaving.peek()) return;
    this.isSaving.value = true;
    try {
      const merges = await this.#saveMerged();
      this.news.value = { kind: 'done', ...mergeWords('Saved', merges) };
    } catch (error) {
      this.news.value = { kind: 'failed', text: `Not saved: ${whyFailed(error)}`, details: [] };
    } finally {
      this.isSaving.value = false;
    }
  }

  /** Somebody has saved it: shows that, with what is being changed here. */
  async follow(revision: number): Promise<void> {
    if (revision <= this.base.peek().revision || this.isSaving.peek()) return;
    try {
      const theirs = await readDashboard(this.id);
      if (theirs.revision <= this.base.peek().revision) return;
      if (theirs.isDeleted) {
        this.news.value = { kind: 'failed', text: DELETED_WORDS, details: [] };
        return;
      }
      const isMerged = this.isChanged.peek();
      const merge = this.#take(theirs);
      const done = `${theirs.savedBy ?? 'Somebody'} has saved this dashboard`;
      const told = isMerged ? mergeWords(done, [merge]) : { text: done, details: [] };
      this.news.value = { kind: 'done', ...told };
    } catch (error) {
      const text = `Somebody has saved this dashboard, which can’t be loaded: ${whyFailed(error)}`;
      this.news.value = { kind: 'failed', text, details: [] };
    }
  }

  /** Saves an old revision again. */
  async restore(revision: number): Promise<void> {
    try {
      await restoreDashboard(this.id, revision, this.base.peek().revision);
      const restored = await readDashboard(this.id);
      batch(() => {
        this.#base.value = restored;
        this.history.change(settled(restored.spec));
      });
      this.news.value = { kind: 'done', text: `Revision ${revision} is back`, details: [] };
    } catch (error) {
      this.news.value = { kind: 'failed', text: `Not restored: ${whyFailed(error)}`, details: [] };
    }
  }

  /** Gives up what was changed. */
  discard(): void {
    this.history.change(settled(this.base.peek().spec));
    this.news.value = undefined;
  }

  close(): void {
    for (const end of this.#endings) end();
  }

  async #saveMerged(): Promise<DashboardMerge[]> {
    const merges: DashboardMerge[] = [];
    for (let attempt = 0; ; attempt++) {
      const spec = this.spec.peek();
      try {
        const entry = await saveDashboard(this.id, spec, this.base.peek().revision);
        this.#base.value = { ...entry, spec };
        return merges;
      } catch (error) {
        const current = takenBefore(error);
        if (!current || attempt === SAVE_ATTEMPTS_MAX) throw error;
        merges.push(this.#take(current));
      }
    }
  }

  /** Goes on from what somebody else has saved. */
  #take(theirs: StoredDashboard): DashboardMerge {
    const base = settled(this.base.peek().spec);
    const their = settled(theirs.spec);
    const merge = mergeDashboards(base, this.spec.peek(), their);
    batch(() => {
      this.history.rebase((mine) => settled(mergeDashboards(base, mine, their).spec));
      this.#base.value = theirs;
    });
    return merge;
  }

  /** Goes on with what was not saved when this browser had the dashboard open before. */
  #goOn(): void {
    const draft = readDraft(this.id);
    if (!draft) return;
    const stored = this.#base.peek();
    const base = settled(draft.base.spec);
    const merge = mergeDashboards(base, draft.spec, settled(stored.spec));
    this.history.change(settled(merge.spec));
    if (!this.isChanged.peek()) return;
    this.isEditing.value = true;
    const isOlder = draft.base.revision !== stored.revision;
    const text = 'Changes that were not saved are back';
    const told = isOlder ? mergeWords(text, [merge]) : { text, details: [] };
    this.news.value = { kind: 'done', ...told };
  }

  #keepDraft(): void {
    const [base, spec] = [this.base.value, this.spec.value];
    if (this.isChanged.value) writeDraft(base.id, { base, spec });
    else forgetDraft(base.id);
  }
}

/** What somebody else has saved, when a save came too late; undefined: that is not why it failed. */
function takenBefore(error: unknown): StoredDashboard | undefined {
  const current = error instanceof DashboardError ? error.current : undefined;
  return current?.isDeleted === false ? current : undefined;
}

function settled(spec: DashboardSpec): DashboardSpec {
  return { ...spec, panels: settle(spec.panels) };
}

function isSame(a: DashboardSpec, b: DashboardSpec): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** What came of merging with what others saved. */
function mergeWords(
  done: string,
  merges: readonly DashboardMerge[],
): Pick<DashboardNews, 'text' | 'details'> {
  const taken = merges.flatMap((merge) => merge.taken);
  const conflicts = merges.flatMap((merge) => merge.conflicts);
  if (taken.length + conflicts.length === 0) return { text: done, details: [] };
  return {
    text: `${done}, merged with what somebody else has changed`,
    details: [
      ...taken.map((path) => `${path}: theirs`),
      ...conflicts.map(({ path, kept }) =>
        kept === 'mine'
          ? `${path}: both have changed it, yours stays`
          : `${path}: you have removed what they changed, it stays`,
      ),
    ],
  };
}
