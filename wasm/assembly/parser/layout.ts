/**
 * Layouts of the structs in linear memory that both sides touch, and the numbers both sides must agree on. Plain numbers
 * without types, so that the assembly and the TypeScript door compile this same file; where the assembly reads a struct as
 * a class, the compiler compares the class with these offsets (checks.ts).
 *
 * Limits, written by the door before `initialize`, a u32 each in this order:
 */
export const LIMIT_PIECE_BYTES = 0;
export const LIMIT_LINE_BYTES = 4;
export const LIMIT_SERIES_KEY_BYTES = 8;
export const LIMIT_STRING_BYTES = 12;
export const LIMIT_NAME_BYTES = 16;
export const LIMIT_TAGS = 20;
export const LIMIT_FIELDS = 24;
export const LIMIT_MEASUREMENTS = 28;
export const LIMIT_DATABASES = 32;
export const LIMIT_CATALOGUE_BYTES = 36;
export const LIMIT_SERIES = 40;
export const LIMIT_SERIES_BYTES = 44;
export const LIMIT_OPEN_BYTES = 48;
export const LIMIT_BLOCK_ROWS = 52;
export const LIMIT_BLOCKS = 56;
export const LIMIT_UNKNOWN_FIELDS = 60;
export const LIMIT_SHAPES = 64;
export const LIMITS_BYTES = 68;

/**
 * What a call of `parse` came to:
 *
 *     0          4      8          12         16       20        24
 *     ├ consumed ┼ line ┼ accepted ┼ rejected ┼ errors ┼ touched ┼ fullPartition ┤ u32 each
 *
 * `consumed` is counted from the start of the piece; `errors` is how many error records were written; `touched` is a bitmask
 * of partitions that got rows, which only the door clears.
 */
export const OUTCOME_CONSUMED = 0;
export const OUTCOME_LINE = 4;
export const OUTCOME_ACCEPTED = 8;
export const OUTCOME_REJECTED = 12;
export const OUTCOME_ERRORS = 16;
export const OUTCOME_TOUCHED = 20;
export const OUTCOME_FULL_PARTITION = 24;
export const OUTCOME_BYTES = 28;

/** Everything in the piece is parsed. */
export const STATUS_DONE = 0;
/** A partition must be taken and reset before parsing goes on. */
export const STATUS_FULL = 1;
/** The line at `consumed` has fields that nobody defined. */
export const STATUS_UNKNOWN_FIELDS = 2;
/** The piece ends within the line at `consumed`. */
export const STATUS_CUT = 3;
/** The piece ends within a line that is to be skipped up to its newline. */
export const STATUS_SKIP = 4;
/** The line at `consumed` has a series that is not in the cache, and no more may come in without a verdict. */
export const STATUS_NEW_SERIES = 5;

/**
 * A rejected line; offsets are counted from the start of the piece:
 *
 *     0      4      8       12    16             20           24         28       32
 *     ├ line ┼ code ┼ start ┼ end ┼ subjectStart ┼ subjectEnd ┼ expected ┼ actual ┤ u32 each
 *
 * The subject is the name or value at fault. `expected` and `actual` are field types, or a limit and the number exceeding it
 * (0: not known, because counting stopped at the limit).
 */
export const ERROR_LINE = 0;
export const ERROR_CODE = 4;
export const ERROR_START = 8;
export const ERROR_END = 12;
export const ERROR_SUBJECT_START = 16;
export const ERROR_SUBJECT_END = 20;
export const ERROR_EXPECTED = 24;
export const ERROR_ACTUAL = 28;
export const ERROR_BYTES = 32;
/** Most error records of one call. */
export const ERRORS_MAX = 256;

/**
 * An open block: rows of one measurement and field set in one partition.
 *
 *     0          8             12     16         20       24      28         32     36
 *     ├ sequence ┼ measurement ┼ rows ┼ capacity ┼ series ┼ times ┼ ordinals ┼ columns ┼ fieldCount ┤
 *       u64        u32 …
 *     40            44                48            52           56              60         64
 *     ├ announcements ┼ announcementsMax ┼ announcedIds ┼ announcedEnds ┼ announcedFresh ┼ announcedKeys ┤
 *     64         68      72        76         80
 *     ├ keysUsed ┼ keysMax ┼ freshCount ┼ rowBytes ┼ next ┤
 *
 * `measurement` is the number by which the door knows it. `series`, `times` and what begins with `announced` are addresses:
 * u64, i64, u64, u32, u32 and bytes. `ordinals` are the u16 ordinals of the fields, rising; `columns` one column struct each.
 * `rowBytes` is what a row costs encoded, without its strings. `next` is the block opened after this one in its partition.
 */
export const BLOCK_SEQUENCE = 0;
export const BLOCK_MEASUREMENT = 8;
export const BLOCK_ROWS = 12;
export const BLOCK_CAPACITY = 16;
export const BLOCK_SERIES = 20;
export const BLOCK_TIMES = 24;
export const BLOCK_ORDINALS = 28;
export const BLOCK_COLUMNS = 32;
export const BLOCK_FIELD_COUNT = 36;
export const BLOCK_ANNOUNCEMENTS = 40;
export const BLOCK_ANNOUNCEMENTS_MAX = 44;
export const BLOCK_ANNOUNCED_IDS = 48;
export const BLOCK_ANNOUNCED_ENDS = 52;
export const BLOCK_ANNOUNCED_FRESH = 56;
export const BLOCK_ANNOUNCED_KEYS = 60;
export const BLOCK_KEYS_USED = 64;
export const BLOCK_KEYS_MAX = 68;
export const BLOCK_FRESH_COUNT = 72;
export const BLOCK_ROW_BYTES = 76;
export const BLOCK_NEXT = 80;
export const BLOCK_BYTES = 88;

/**
 * A column of a block:
 *
 *     0        4       8          12     16
 *     ├ values ┼ bytes ┼ bytesMax ┼ type ┤ u32 each
 *
 * `values` is the address of 8-byte values or of 1-byte booleans, or of the u32 ends of strings, whose text is at `bytes`
 * (room for `bytesMax`). A zero stands before the first end, so that every row finds where its text starts the same way.
 */
export const COLUMN_VALUES = 0;
export const COLUMN_TEXT = 4;
export const COLUMN_TEXT_MAX = 8;
export const COLUMN_TYPE = 12;
export const COLUMN_BYTES = 16;

/**
 * What all codes of the column packed last have in common (packing.ts):
 *
 *     0        8          16
 *     ├ base ──┼ decimals ┤
 *       i64      u32
 */
export const PACKED_BASE = 0;
export const PACKED_DECIMALS = 8;
export const PACKED_BYTES = 16;

/** Field types (docs/contracts.md); 0 is none. */
export const TYPE_FLOAT = 1;
export const TYPE_INTEGER = 2;
export const TYPE_UNSIGNED = 3;
export const TYPE_BOOLEAN = 4;
export const TYPE_STRING = 5;

/**
 * A field that a line has and nobody defined:
 *
 *     0             4                   8       12            16     20
 *     ├ measurement ┼ measurementLength ┼ field ┼ fieldLength ┼ type ┤ u32 each
 *
 * `measurement` and `field` are addresses of unescaped names.
 */
export const UNKNOWN_MEASUREMENT = 0;
export const UNKNOWN_MEASUREMENT_LENGTH = 4;
export const UNKNOWN_FIELD = 8;
export const UNKNOWN_FIELD_LENGTH = 12;
export const UNKNOWN_TYPE = 16;
export const UNKNOWN_BYTES = 24;

/** Figures of the parser, a u32 each in this order. */
export const STATISTICS_SERIES = 0;
export const STATISTICS_SERIES_BYTES = 4;
export const STATISTICS_CACHE_RESETS = 8;
export const STATISTICS_SHAPES = 12;
export const STATISTICS_SHAPE_RESETS = 16;
export const STATISTICS_CATALOGUE_BYTES = 20;
export const STATISTICS_BYTES = 24;

/** What encoding adds to the bytes of a block: of each field beside its name, and of all the rest (docs/batch-format.md). */
export const ENCODED_FIELD_BYTES = 24;
export const ENCODED_BLOCK_BYTES = 192;
/** Series id and time. */
export const ENCODED_ROW_BYTES = 16;
/** Series id and end of an announcement. */
export const ENCODED_ANNOUNCEMENT_BYTES = 12;

/** Why a line was rejected; line-error.ts has the name and the message of each, in this order from 1. */
export const ERROR_MISSING_MEASUREMENT = 1;
export const ERROR_MISSING_TAG_KEY = 2;
export const ERROR_MISSING_TAG_VALUE = 3;
export const ERROR_INVALID_TAG_VALUE = 4;
export const ERROR_DUPLICATE_TAG = 5;
export const ERROR_MISSING_FIELDS = 6;
export const ERROR_MISSING_FIELD_KEY = 7;
export const ERROR_MISSING_FIELD_VALUE = 8;
export const ERROR_INVALID_VALUE = 9;
export const ERROR_NUMBER_OUT_OF_RANGE = 10;
export const ERROR_UNTERMINATED_STRING = 11;
export const ERROR_TYPE_CONFLICT = 12;
export const ERROR_INVALID_TIMESTAMP = 13;
export const ERROR_TIMESTAMP_OUT_OF_RANGE = 14;
export const ERROR_INVALID_UTF8 = 15;
export const ERROR_NUL = 16;
export const ERROR_SERIES_COLLISION = 17;
export const ERROR_LINE_TOO_LONG = 18;
export const ERROR_SERIES_KEY_TOO_LONG = 19;
export const ERROR_STRING_TOO_LONG = 20;
export const ERROR_NAME_TOO_LONG = 21;
export const ERROR_TOO_MANY_TAGS = 22;
export const ERROR_TOO_MANY_FIELDS = 23;
export const ERROR_TOO_MANY_MEASUREMENTS = 24;
export const ERROR_CATALOGUE_FULL = 25;
export const ERROR_TIMESTAMP_TOO_OLD = 26;
export const ERROR_TIMESTAMP_TOO_NEW = 27;
export const ERROR_TOO_MANY_LINES = 28;
export const ERROR_TOO_MANY_SERIES = 29;

/** Series that are listed, and judged, at a time. */
export const NEW_SERIES_LISTED_MAX = 4096;
