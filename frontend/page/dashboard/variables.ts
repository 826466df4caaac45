import { computed, effect, type ReadonlySignal, signal, untracked } from '@preact/signals';
import type { VariableSpec } from '../../model/dashboard-spec.ts';
import { fetchData } from '../api/fetch-data.ts';
import { labelValuesPath } from '../api/label-values-path.ts';
import { type Choice, effectiveChoice, substitute } from './substitution.ts';

/** More, nobody looks through. */
export const VALUES_MAX = 5000;

/** The values that there are to choose from. */
export interface KnownValues {
  /** undefined: not known. */
  readonly values: readonly string[] | undefined;
  readonly failure: string | undefined;
}

/** A variable with what is chosen of it. */
export interface ChosenVariable extends KnownValues {
  readonly spec: VariableSpec;
  readonly choice: Choice;
}

export interface VariablesParts {
  readonly specs: ReadonlySignal<readonly VariableSpec[]>;
  readonly db: ReadonlySignal<string>;
  /** By the names of variables; empty: all values. */
  readonly chosen: ReadonlySignal<ReadonlyMap<string, readonly string[]>>;
}

interface VariableState extends ChosenVariable {
  /** Address of the values. */
  readonly url: string;
}

/** The variables of a dashboard: values of each are asked for with what is chosen of those before it. */
export class Variables {
  readonly #known = signal<ReadonlyMap<string, KnownValues>>(new Map());
  readonly #asked = new Set<string>();
  readonly #states: ReadonlySignal<readonly VariableState[]>;
  readonly #stop: () => void;

  constructor(parts: VariablesParts) {
    this.#states = computed(() => chain(parts, this.#known.value));
    this.#stop = effect(() => {
      for (const { url } of this.#states.value) untracked(() => this.#ask(url));
    });
  }

  get all(): ReadonlySignal<readonly ChosenVariable[]> {
    return this.#states;
  }

  readonly choices = computed((): readonly Choice[] =>
    this.#states.value.map(({ choice }) => choice),
  );

  /** Each has something chosen, or it is known that there is nothing. */
  readonly isSettled = computed(() =>
    this.#states.value.every(
      ({ choice, values, failure }) =>
        choice.isAll || choice.values.length > 0 || (values ?? failure) !== undefined,
    ),
  );

  /** Asks for the values of a variable again: there may be more by now. */
  refresh(name: string): void {
    const state = this.#states.peek().find(({ spec }) => spec.name === name);
    if (!state) return;
    this.#asked.delete(state.url);
    this.#ask(state.url);
  }

  close(): void {
    this.#stop();
  }

  #ask(url: string): void {
    if (this.#asked.has(url)) return;
    this.#asked.add(url);
    void fetchValues(url).then((known) => {
      this.#known.value = new Map(this.#known.peek()).set(url, known);
    });
  }
}

function chain(
  { specs, db, chosen }: VariablesParts,
  known: ReadonlyMap<string, KnownValues>,
): VariableState[] {
  const states: VariableState[] = [];
  for (const spec of specs.value) {
    const choices = states.map(({ choice }) => choice);
    const url = valuesUrl(db.value, spec, choices);
    const { values, failure } = known.get(url) ?? { values: undefined, failure: undefined };
    const choice = effectiveChoice(spec, chosen.value.get(spec.name), values);
    states.push({ spec, choice, values, failure, url });
  }
  return states;
}

function valuesUrl(db: string, { tag, selector }: VariableSpec, choices: readonly Choice[]) {
  const parameters = new URLSearchParams({ limit: String(VALUES_MAX) });
  if (selector !== '') parameters.set('match[]', substitute(selector, choices));
  return `${labelValuesPath(db, tag)}?${parameters}`;
}

async function fetchValues(url: string): Promise<KnownValues> {
  try {
    return { values: await fetchData<readonly string[]>(url), failure: undefined };
  } catch (error) {
    return { values: undefined, failure: error instanceof Error ? error.message : String(error) };
  }
}
