/**
 * Layouts of the structs in linear memory that both sides touch. Plain numbers without types, so that the assembly and
 * the TypeScript door compile this same file and can't disagree.
 *
 * Entry of the series index; entries lie dense, in the order in which the series came:
 *
 *     0          8          16         24       28        32
 *     ├ id u64 ──┼ check ───┼ newest ──┼ table ─┼ counted ┤
 *                  u64        i64 ns     u32      u32
 *
 * `counted` is the number of the last count that the series was in; 0: none.
 */
export const ENTRY_ID = 0;
export const ENTRY_CHECK = 8;
export const ENTRY_NEWEST = 16;
export const ENTRY_TABLE = 24;
export const ENTRY_COUNTED = 28;
export const ENTRY_BYTES = 32;

/**
 * Rows of each series since they were taken last: a u32 for each entry, in the same order, apart from the entries, which fill their cache
 * lines as they are. Shifting an entry's distance from the first one by so many bits makes it that of its count.
 */
export const ENTRY_TO_COUNT_BITS = 3;

/**
 * The series with the most rows of a table, `TOP_SERIES` at the most, most rows first; in slots found by the table's number, 0 for none:
 *
 *     0         4         8         16
 *     ├ table ──┼ series ─┼ rows ───┼ rows u32, entry u32 ┼ …
 *       u32       u32       u64       of a series
 *
 * `series` is how many of them there are, `rows` those of the whole table.
 */
export const TOP_SERIES = 10;
export const TOP_TABLE = 0;
export const TOP_COUNT = 4;
export const TOP_ROWS = 8;
export const TOP_ITEMS = 16;
export const TOP_ITEM_BYTES = 8;
export const TOP_BYTES = TOP_ITEMS + TOP_SERIES * TOP_ITEM_BYTES;

/**
 * Column of the target table, and where its values come from:
 *
 *     0         4         8         12        16        24        32
 *     ├ kind ───┼ values ─┼ bytes ──┼ width ──┼ base ───┼ divisor ┤
 *       u32       pointer   pointer   u32       i64       f64
 *
 * `values` points to the column of numbers, booleans or codes, or to the ends of strings, whose text is at `bytes`. Of packed columns,
 * `width` is the bytes of a code, 0 for none; what codes mean is in docs/batch-format.md.
 */
export const COLUMN_KIND = 0;
export const COLUMN_VALUES = 4;
export const COLUMN_TEXT = 8;
export const COLUMN_WIDTH = 12;
export const COLUMN_BASE = 16;
export const COLUMN_DIVISOR = 24;
export const COLUMN_BYTES = 32;

export const KIND_TIME = 1;
export const KIND_NANOSECONDS = 2;
export const KIND_ORDINAL_INT4 = 3;
export const KIND_ORDINAL_INT8 = 4;
/** Any 8 bytes that only need their order reversed: series ids, float8, int8. */
export const KIND_EIGHT_BYTES = 5;
export const KIND_NUMERIC = 6;
export const KIND_BOOLEAN = 7;
export const KIND_TEXT = 8;
export const KIND_NULL = 9;
/** Packed columns: of int8, of float8, of numeric. */
export const KIND_PACKED_INTEGER = 10;
export const KIND_PACKED_DECIMAL = 11;
export const KIND_PACKED_NUMERIC = 12;

/** No field of a row is longer, besides texts: a numeric of five digits. */
export const FIELD_BYTES_MAX = 22;

/**
 * What `classify` found:
 *
 *     0        4       8          12       16         24         32             40             48       52       56
 *     ├ plain ─┼ late ─┼ unknown ─┼ finer ─┼ timeMin ─┼ timeMax ─┼ lateTimeMin ─┼ lateTimeMax ─┼ series ┼ unused ┤
 *       u32      u32     u32        u32      i64 ns     i64 ns     i64 ns         i64 ns         u32
 */
export const CLASSIFIED_PLAIN = 0;
export const CLASSIFIED_LATE = 4;
export const CLASSIFIED_UNKNOWN = 8;
export const CLASSIFIED_FINER = 12;
export const CLASSIFIED_TIME_MIN = 16;
export const CLASSIFIED_TIME_MAX = 24;
export const CLASSIFIED_LATE_TIME_MIN = 32;
export const CLASSIFIED_LATE_TIME_MAX = 40;
export const CLASSIFIED_SERIES = 48;
export const CLASSIFIED_BYTES = 56;

/** What became of a series offered to the index. */
export const SERIES_KNOWN = 0;
export const SERIES_ADDED = 1;
/** The id is taken by a series with another check: two keys with one hash. */
export const SERIES_COLLISION = 2;
/** The id is not the hash of the key it came with. */
export const SERIES_FORGED = 3;
export const SERIES_FULL = 4;
