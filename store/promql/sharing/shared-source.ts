import type { Expression } from '../expression.ts';
import type { Pace } from '../pace.ts';
import type {
  Matcher,
  ReadBudget,
  SampleBlock,
  Selection,
  SelectionUnion,
  SeriesSource,
} from '../series-source.ts';
import { lastStepMs, type StepGrid } from '../step-grid.ts';
import { dealtBlocks } from './dealt-blocks.ts';
import { type SelectorMatchers, selectorGroups } from './selector-groups.ts';

/** For one evaluation of the expression; the source itself where no selectors of it can be read together. */
export function sharedSource(
  expression: Expression,
  source: SeriesSource,
  pace: Pace,
): SeriesSource {
  const groups = selectorGroups(expression);
  return groups.length > 0 ? new SharedSource(groups, source, pace) : source;
}

type Reader = SelectionUnion['reader'];
/** Undefined: they can't be had in this way. */
type Blocks = AsyncIterable<SampleBlock> | undefined;

/** One way of reading, with its arguments. */
interface Reading {
  /** Equal for what reads the same. */
  readonly key: string;
  readonly from: (reader: Reader) => Blocks | Promise<Blocks>;
}

/**
 * Selectors that look at the same times are read together where they have rows in common: the first that is read reads for all, and
 * the blocks of the others are kept until they are asked for. What is kept was spent of the budget like all that is read, which holds
 * it until the evaluation is over; so what is never asked for is given back with the rest.
 */
class SharedSource implements SeriesSource {
  readonly #selectors = new Map<SelectorMatchers, SharedSelector>();

  constructor(
    groups: readonly (readonly SelectorMatchers[])[],
    private readonly source: SeriesSource,
    pace: Pace,
  ) {
    for (const group of groups) {
      const mates: SharedSelector[] = [];
      for (const matchers of group) {
        const selector = new SharedSelector(matchers, source, mates, pace);
        mates.push(selector);
        this.#selectors.set(matchers, selector);
      }
    }
  }

  async select(db: string, matchers: readonly Matcher[]): Promise<Selection> {
    const selector = this.#selectors.get(matchers);
    return selector ? await selector.shared(db) : await this.source.select(db, matchers);
  }
}

/** One of the selectors that may be read together. */
class SharedSelector {
  #selection: Promise<Selection> | undefined;
  /** Its blocks were handed out: it needs no more of them. */
  #isRead = false;
  /** What was read for it, by the key of the reading. */
  readonly #kept = new Map<string, Promise<SampleBlock[] | undefined>>();

  /** @param mates all that may be read together, itself too */
  constructor(
    private readonly matchers: SelectorMatchers,
    private readonly source: SeriesSource,
    private readonly mates: readonly SharedSelector[],
    private readonly pace: Pace,
  ) {}

  /** Its selection, which reads for the others too. */
  async shared(db: string): Promise<Selection> {
    const { labels } = await this.#select(db);
    return {
      labels,
      read: (afterMs, untilMs, budget) =>
        this.#stream(db, {
          key: `samples ${afterMs} ${untilMs}`,
          from: (reader) => reader.read(afterMs, untilMs, budget),
        }),
      readNewest: (steps, lookbackMs, budget) =>
        this.#stream(db, {
          key: `newest ${keyOf(steps)} ${lookbackMs}`,
          from: (reader) => readNewest(reader, steps, lookbackMs, budget),
        }),
      readWindows: (aggregate, windows, budget) =>
        this.#read(db, {
          key: `${aggregate} ${keyOf(windows)}`,
          from: (reader) => reader.readWindows?.(aggregate, windows, budget),
        }),
    };
  }

  #select(db: string): Promise<Selection> {
    this.#selection ??= this.source.select(db, this.matchers);
    return this.#selection;
  }

  async *#stream(db: string, reading: Reading): AsyncGenerator<SampleBlock> {
    const blocks = await this.#read(db, reading);
    if (blocks) yield* blocks;
  }

  async #read(db: string, reading: Reading): Promise<Blocks> {
    const own = await this.#select(db);
    if (!this.#kept.has(reading.key)) await this.#readTogether(db, own, reading);
    const kept = this.#kept.get(reading.key);
    this.#kept.delete(reading.key);
    const blocks = kept ? drained(await kept) : await reading.from(own);
    this.#isRead ||= blocks !== undefined;
    return blocks;
  }

  /** Reads for itself and for all that have rows in common with it; where none has, nothing is kept. */
  async #readTogether(db: string, own: Selection, reading: Reading): Promise<void> {
    if (!own.unite) return;
    const selectors = new Map<Selection, SharedSelector>([[own, this]]);
    for (const mate of this.mates) {
      if (mate === this || mate.#isRead) continue;
      // One that can't be selected says so when it is its turn.
      const selection = await mate.#select(db).catch(() => undefined);
      if (selection) selectors.set(selection, mate);
    }
    const union = own.unite([...selectors.keys()].slice(1));
    if (!union) return;
    const dealt = this.#deal(union, reading);
    for (const [place, selection] of union.selections.entries()) {
      const selector = selectors.get(selection) as SharedSelector;
      selector.#keep(
        reading,
        dealt.then((blocks) => blocks?.[place]),
      );
    }
  }

  async #deal(union: SelectionUnion, reading: Reading): Promise<SampleBlock[][] | undefined> {
    const blocks = await reading.from(union.reader);
    return blocks && (await dealtBlocks(union, blocks, this.pace));
  }

  #keep({ key }: Reading, blocks: Promise<SampleBlock[] | undefined>): void {
    this.#kept.set(key, blocks);
    // It may never be asked for.
    blocks.catch(() => undefined);
  }
}

function readNewest(
  reader: Reader,
  steps: StepGrid,
  lookbackMs: number,
  budget: ReadBudget,
): AsyncIterable<SampleBlock> {
  return (
    reader.readNewest?.(steps, lookbackMs, budget) ??
    reader.read(steps.startMs - lookbackMs, lastStepMs(steps), budget)
  );
}

function keyOf({ startMs, stepMs, count }: StepGrid): string {
  return `${startMs} ${stepMs} ${count}`;
}

/** Blocks are let go one by one. */
function drained(blocks: SampleBlock[] | undefined): Blocks {
  return blocks && drain(blocks);
}

async function* drain(blocks: SampleBlock[]): AsyncGenerator<SampleBlock> {
  for (let block = blocks.shift(); block; block = blocks.shift()) yield block;
}
