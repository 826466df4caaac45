import type { CardinalityList, CardinalityQuery, NamedCount } from '@overseer/shared';
import { floorMs } from '@overseer/shared';
import type { LabelIndex, Measured } from '../labels/label-index.ts';
import { METRIC_LABEL } from '../labels/label-index.ts';
import type { TagColumn } from '../labels/tag-column.ts';
import { TopCounts } from '../labels/top-counts.ts';
import type { Database } from '../postgres.ts';
import { Pace } from '../promql/pace.ts';
import { PartWriter, textBytes } from './answer-parts.ts';
import { databaseWarnings, type Question } from './question.ts';

const MS_PER_S = 1000;
/** Values that are looked at between two looks at the clock. */
const VALUES_PER_LOOK = 4096;

/** Where the series of a database come from: counted over the label index, whenever it is asked. */
export function cardinalityQuestion({ db, limit }: CardinalityQuery): Question {
  return async ({ series, database, budget, send }) => {
    const count = new CardinalityCount(series.index, limit, new Pace(budget.signal));
    await count.add([...series.index.measurements(db)]);
    const { seriesCount, labelPairCount } = count;
    const times = await readTimes(database, db);
    await send({ kind: 'cardinality', head: { seriesCount, labelPairCount, ...times } });
    for (const [list, top] of Object.entries(count.lists)) {
      const parts = new PartWriter<NamedCount>((items) =>
        send({ kind: 'cardinality', list: list as CardinalityList, items }),
      );
      for (const { item: name, count: value } of top.sorted()) {
        await parts.add({ name, value }, textBytes(name));
      }
      await parts.flush();
    }
    return { warnings: databaseWarnings(series, db) };
  };
}

/** A column of a tag, with how many metrics its series are of: each of them is a series. */
interface WeighedColumn {
  readonly column: TagColumn;
  readonly metrics: number;
}

class CardinalityCount {
  seriesCount = 0;
  labelPairCount = 0;
  readonly lists: Readonly<Record<CardinalityList, TopCounts<string>>>;
  readonly #index: LabelIndex;
  readonly #pace: Pace;
  /** By number of the text: series with it as the value of the label at hand. */
  readonly #seriesByText: Float64Array;

  constructor(index: LabelIndex, limit: number, pace: Pace) {
    const top = () => new TopCounts<string>(limit);
    this.lists = {
      seriesByMetric: top(),
      valuesByLabel: top(),
      bytesByLabel: top(),
      seriesByLabelPair: top(),
    };
    this.#index = index;
    this.#pace = pace;
    this.#seriesByText = new Float64Array(index.textCount);
  }

  /** @param all measurements of a database */
  async add(all: readonly Measured[]): Promise<void> {
    this.#addMetrics(all);
    const labels = new Map<string, WeighedColumn[]>();
    for (const { metrics, series } of all) {
      for (const key of metrics.length > 0 ? series.tagKeys : []) {
        const column = series.column(key);
        if (!column) continue;
        const columns = labels.get(key) ?? [];
        columns.push({ column, metrics: metrics.length });
        labels.set(key, columns);
      }
    }
    for (const [key, columns] of labels) await this.#addLabel(key, columns);
  }

  #addMetrics(all: readonly Measured[]): void {
    const seriesByName = new Map<string, number>();
    for (const { metrics, series } of all) {
      for (const { name } of metrics) {
        seriesByName.set(name, (seriesByName.get(name) ?? 0) + series.size);
      }
      this.seriesCount += metrics.length * series.size;
    }
    let bytes = 0;
    for (const [name, series] of seriesByName) {
      this.lists.seriesByMetric.add(series, name);
      this.lists.seriesByLabelPair.add(series, `${METRIC_LABEL}=${name}`);
      bytes += series * Buffer.byteLength(name);
    }
    if (seriesByName.size > 0) this.#addTotals(METRIC_LABEL, seriesByName.size, bytes);
  }

  /** Two measurements may have values of a label in common. */
  async #addLabel(key: string, columns: readonly WeighedColumn[]): Promise<void> {
    const seriesByText = this.#seriesByText;
    const texts: number[] = [];
    for (const { column, metrics } of columns) {
      const counts = column.seriesByCode();
      for (let code = 1; code < counts.length; code++) {
        const text = column.valueNumber(code);
        const known = seriesByText[text] as number;
        if (known === 0) texts.push(text);
        seriesByText[text] = known + (counts[code] as number) * metrics;
      }
      if (this.#pace.isDue) await this.#pace.rest();
    }
    let bytes = 0;
    for (let i = 0; i < texts.length; i++) {
      const number = texts[i] as number;
      const series = seriesByText[number] as number;
      seriesByText[number] = 0;
      const text = this.#index.text(number);
      bytes += series * Buffer.byteLength(text);
      const { seriesByLabelPair } = this.lists;
      if (seriesByLabelPair.admits(series)) seriesByLabelPair.add(series, `${key}=${text}`);
      if (i % VALUES_PER_LOOK === 0 && this.#pace.isDue) await this.#pace.rest();
    }
    this.#addTotals(key, texts.length, bytes);
  }

  #addTotals(label: string, values: number, bytes: number): void {
    this.labelPairCount += values;
    this.lists.valuesByLabel.add(values, label);
    this.lists.bytesByLabel.add(bytes, label);
  }
}

/** When the oldest time partition of a database begins, and its newest point. */
async function readTimes(database: Database, db: string) {
  const [row] = await database`
    WITH tables AS (
      SELECT m.id FROM overseer.measurements m JOIN overseer.databases d ON d.id = m.database_id
      WHERE d.name = ${db})
    SELECT
      (SELECT min(from_s) FROM overseer.partitions WHERE measurement_id IN (SELECT id FROM tables) AND NOT removing) AS from_s,
      (SELECT max(time_max_ns) FROM overseer.newest WHERE measurement_id IN (SELECT id FROM tables)) AS newest_ns`;
  return {
    minMs: row?.from_s == null ? null : Number(row.from_s) * MS_PER_S,
    maxMs: row?.newest_ns == null ? null : floorMs(row.newest_ns),
  };
}
