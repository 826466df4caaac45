import { computed, effect, type ReadonlySignal, signal, untracked } from '@preact/signals';
import { freeLetter, type PanelQuery, QUERIES_MAX, queryLetter } from '../../model/panel-spec.ts';

const NEW_QUERY: PanelQuery = { letter: queryLetter(0), expr: '', legend: '', isHidden: false };

let draftCount = 0;

/** One query while it is edited: what was typed, beside what is drawn. */
export class QueryDraft {
  /** Stays, wherever the draft goes. */
  readonly key = draftCount++;
  readonly text = signal('');
  readonly #drawn = signal(NEW_QUERY);

  /** What the panel has; its expression is empty while it was never drawn. */
  get drawn(): ReadonlySignal<PanelQuery> {
    return this.#drawn;
  }

  readonly isNew = computed(() => this.#drawn.value.expr === '');

  /** Another text was typed than is drawn. */
  readonly isChanged = computed(() => this.text.value.trim() !== this.#drawn.value.expr);

  /** Text that was typed stays, unless another expression is drawn. */
  follow(query: PanelQuery): void {
    if (query.expr !== this.#drawn.peek().expr) this.text.value = query.expr;
    this.#drawn.value = query;
  }

  /** Brings back what is drawn. */
  restore(): void {
    this.text.value = this.#drawn.peek().expr;
  }
}

/** The queries of a panel while they are edited: a draft of each, and those that are not drawn yet. */
export class QueryEditing {
  readonly #drafts = signal<readonly QueryDraft[]>([]);
  readonly #end: () => void;

  /**
   * @param queries those of the panel
   * @param onChange the panel is to have these
   */
  constructor(
    queries: ReadonlySignal<readonly PanelQuery[]>,
    private readonly onChange: (queries: readonly PanelQuery[]) => void,
  ) {
    this.#end = effect(() => {
      const drawn = queries.value;
      untracked(() => this.#follow(drawn));
    });
  }

  /** In the order of the panel's queries, then those that are not drawn yet; never none. */
  get drafts(): ReadonlySignal<readonly QueryDraft[]> {
    return this.#drafts;
  }

  readonly canAdd = computed(() => {
    const drafts = this.#drafts.value;
    return drafts.length < QUERIES_MAX && !drafts.some(({ isNew }) => isNew.value);
  });

  /** An empty one, to be written. */
  add(): void {
    if (!this.canAdd.peek()) return;
    const drafts = this.#drafts.peek();
    const draft = new QueryDraft();
    draft.follow({ ...NEW_QUERY, letter: freeLetterOf(drafts) });
    this.#drafts.value = [...drafts, draft];
  }

  /** Draws what was typed, in all of them. */
  draw(): void {
    for (const draft of this.#drafts.peek()) {
      draft.follow({ ...draft.drawn.peek(), expr: draft.text.peek().trim() });
    }
    this.#tell();
  }

  change(draft: QueryDraft, change: Partial<Omit<PanelQuery, 'expr' | 'letter'>>): void {
    draft.follow({ ...draft.drawn.peek(), ...change });
    this.#tell();
  }

  /** The others keep their letters. */
  remove(draft: QueryDraft): void {
    this.#drafts.value = this.#drafts.peek().filter((other) => other !== draft);
    this.#tell();
  }

  close(): void {
    this.#end();
  }

  #tell(): void {
    const all = this.#drafts.peek().map(({ drawn }) => drawn.peek());
    const queries = all.filter(({ expr }) => expr !== '');
    // A single one shows no letter: its series are to look the same as everywhere else.
    const isAlone = queries.length === 1;
    this.onChange(
      isAlone ? queries.map((query) => ({ ...query, letter: queryLetter(0) })) : queries,
    );
    // Nothing comes back when the panel has these already.
    if (this.#drafts.peek().length === 0) this.#drafts.value = [new QueryDraft()];
  }

  /** Drafts stay with their expressions; those whose expressions are gone are for those that came. */
  #follow(queries: readonly PanelQuery[]): void {
    const free = [...this.#drafts.peek()];
    const take = (index: number) => (index < 0 ? undefined : free.splice(index, 1)[0]);
    const kept = queries.map(({ expr }) =>
      take(free.findIndex(({ drawn }) => drawn.peek().expr === expr)),
    );
    const drafts = queries.map((query, index) => {
      const draft =
        kept[index] ?? take(free.findIndex(({ isNew }) => !isNew.peek())) ?? new QueryDraft();
      draft.follow(query);
      return draft;
    });
    const unwritten = free.filter(({ isNew, text }) => isNew.peek() && text.peek() !== '');
    const all = [...drafts];
    for (const draft of unwritten) {
      // Its letter may be that of one that came.
      if (all.length < QUERIES_MAX) {
        draft.follow({ ...draft.drawn.peek(), letter: freeLetterOf(all) });
      }
      all.push(draft);
    }
    this.#drafts.value = all.length > 0 ? all : [new QueryDraft()];
  }
}

function freeLetterOf(drafts: readonly QueryDraft[]): string {
  return freeLetter(drafts.map(({ drawn }) => drawn.peek()));
}
