import { SERIES_LISTED_MAX, seriesCondition } from '../../blocks/scan.ts';
import type { Table } from '../../catalogue.ts';
import type { Database } from '../../postgres.ts';
import { eachSeries, idLiteral, type Tags } from '../series-scan.ts';
import { SeriesTexts } from './series-texts.ts';

/** Texts that are held at once, and one more: those of 150,000 to 500,000 series. */
export const PASS_TEXT_BYTES_MAX = 32 * 2 ** 20;
/** Series that one statement reads. */
const SERIES_A_PAGE = 100_000;

/** Series whose rows are exported together. */
export interface SeriesPass {
  readonly texts: SeriesTexts;
  /** SQL conditions that leave out rows of most others. */
  readonly conditions: readonly string[];
}

export interface AskedSeries {
  /** Whether a series is asked for; undefined: all are. */
  readonly passes: ((tags: Tags) => boolean) | undefined;
  /** What the rows of a series have in common. */
  readonly textOf: (tags: Tags) => string;
  readonly signal: AbortSignal;
}

/** The series of a table that are asked for, in order of their ids: mostly in one pass, else as many at a time as may be held. */
export async function* seriesPasses(
  database: Database,
  table: Table,
  asked: AskedSeries,
): AsyncGenerator<SeriesPass, void, void> {
  const reader = new SeriesReader(database, table, asked);
  while (!reader.isAtEnd) {
    const { last: before } = reader;
    const texts = await reader.next();
    if (texts.ids.size === 0) continue;
    const isListed = asked.passes !== undefined && texts.ids.size <= SERIES_LISTED_MAX;
    const conditions = isListed
      ? [seriesCondition(signedIds(texts))]
      : idConditions(before, reader.isAtEnd ? undefined : reader.last);
    yield { texts, conditions };
  }
}

class SeriesReader {
  /** The last one that was read. */
  last: bigint | undefined;
  isAtEnd = false;

  constructor(
    private readonly database: Database,
    private readonly table: Table,
    private readonly asked: AskedSeries,
  ) {}

  /** Those asked for of the next series, until there is enough text. */
  async next(): Promise<SeriesTexts> {
    const texts = new SeriesTexts();
    while (!this.isAtEnd && texts.bytes < PASS_TEXT_BYTES_MAX) await this.#readPage(texts);
    return texts;
  }

  async #readPage(texts: SeriesTexts): Promise<void> {
    const { passes, textOf, signal } = this.asked;
    let came = 0;
    let read = 0;
    let last: readonly [low: number, high: number] | undefined;
    const take = (low: number, high: number, tags: Tags) => {
      came++;
      // The others of the page are read again by the next pass.
      if (texts.bytes >= PASS_TEXT_BYTES_MAX) return;
      read++;
      last = [low, high];
      if (!passes || passes(tags)) texts.add(low, high, textOf(tags));
    };
    const page = { after: this.last, limit: SERIES_A_PAGE };
    await eachSeries(this.database, this.table, take, signal, page);
    if (last) this.last = signedId(...last);
    this.isAtEnd = read === came && came < SERIES_A_PAGE;
  }
}

const signedId = (low: number, high: number) =>
  BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));

const signedIds = ({ ids }: SeriesTexts) =>
  Array.from({ length: ids.size }, (_, number) => ids.signed(number));

/** @param after exclusive @param upto inclusive; each absent where there are no others */
function idConditions(after: bigint | undefined, upto: bigint | undefined): string[] {
  return [
    ...(after === undefined ? [] : [`series > ${idLiteral(after)}`]),
    ...(upto === undefined ? [] : [`series <= ${idLiteral(upto)}`]),
  ];
}
