/** Steps of a grid, both ends included. */
export interface StepRange {
  readonly from: number;
  readonly to: number;
}

/** More of them than this are seldom worth a question each. */
const RANGES_MAX = 8;

/** Steps that wait for their evaluation: ranges that neither touch nor overlap, by turns. */
export class StepRanges {
  /** In the order of their turns. */
  #ranges: StepRange[] = [];

  get isEmpty(): boolean {
    return this.#ranges.length === 0;
  }

  /** What touches or overlaps becomes one range, which keeps the earliest turn. A range without steps is nothing. */
  add(from: number, to: number): void {
    if (from > to) return;
    let merged: StepRange = { from, to };
    let turn = this.#ranges.length;
    const apart: StepRange[] = [];
    for (const [i, range] of this.#ranges.entries()) {
      if (range.to + 1 < from || range.from > to + 1) {
        apart.push(range);
      } else {
        merged = { from: Math.min(merged.from, range.from), to: Math.max(merged.to, range.to) };
        turn = Math.min(turn, i);
      }
    }
    apart.splice(turn, 0, merged);
    this.#ranges = apart;
    if (apart.length > RANGES_MAX) this.#uniteClosest();
  }

  /** Makes one of the two ranges with the fewest steps between them; its turn is the earlier one's. */
  #uniteClosest(): void {
    const sorted = this.#ranges.toSorted((a, b) => a.from - b.from);
    let closest: StepRange | undefined;
    let stepsBetween = Number.POSITIVE_INFINITY;
    for (const [i, range] of sorted.entries()) {
      const next = sorted[i + 1];
      if (!next || next.from - range.to >= stepsBetween) continue;
      stepsBetween = next.from - range.to;
      closest = { from: range.to + 1, to: next.from - 1 };
    }
    if (closest) this.add(closest.from, closest.to);
  }

  /** Makes one range of all, with the steps between them. */
  unite(): void {
    if (this.isEmpty) return;
    const from = Math.min(...this.#ranges.map((range) => range.from));
    const to = Math.max(...this.#ranges.map((range) => range.to));
    this.#ranges = [{ from, to }];
  }

  /** Removes the range whose turn it is. */
  take(): StepRange | undefined {
    return this.#ranges.shift();
  }

  clear(): void {
    this.#ranges = [];
  }
}
