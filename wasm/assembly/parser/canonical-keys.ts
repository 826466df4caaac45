/** Canonical keys of cached series: made again of their spelling when somebody needs them. */
import { bytesEqual } from './bytes';
import { databaseAt } from './catalogue';
import { LIMIT_SERIES_KEY_BYTES } from './layout';
import { limit } from './limits';
import { reserve } from './memory';
import { Series } from './series-cache';
import { canonicalAt, canonicalLength, canonicalNumber, readSeriesKey } from './series-key';

/** Whose key was made last, if no other was made since. */
let owner: Series = changetype<Series>(0);
let ownerNumber: u64 = 0;

/** Place for one key while another one is made. */
let otherAt: usize = 0;

export function reserveKeys(): void {
  otherAt = reserve(limit(LIMIT_SERIES_KEY_BYTES));
}

/** The canonical key made last is of this series. */
export function setKeyAtHand(series: Series): void {
  owner = series;
  ownerNumber = canonicalNumber;
}

/** Makes the canonical key of the series, unless it was the last one made. */
export function makeKey(series: Series): void {
  if (series == owner && canonicalNumber == ownerNumber) return;
  const spelling = series.spelling;
  readSeriesKey(spelling.text, spelling.text + spelling.length - 1, databaseAt(spelling.database));
  setKeyAtHand(series);
}

/** Whether the canonical key made last is the series' own, which it is afterwards in any case. */
export function hasKeyAtHand(series: Series): bool {
  const length = canonicalLength;
  memory.copy(otherAt, canonicalAt, length);
  makeKey(series);
  return canonicalLength == length && bytesEqual(canonicalAt, otherAt, length);
}
