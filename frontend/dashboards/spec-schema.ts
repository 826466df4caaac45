import { type Static, Type } from '@sinclair/typebox';
import {
  ANNOTATION_NAME_CHARACTERS_MAX,
  ANNOTATION_TIMES,
  ANNOTATIONS_MAX,
  NOTE_CHARACTERS_MAX,
  NOTES_MAX,
  TONES,
} from '../model/annotation.ts';
import {
  type DashboardSpec,
  GRID_COLUMNS,
  PANELS_MAX,
  VARIABLES_MAX,
} from '../model/dashboard-spec.ts';
import {
  PANEL_SCALES,
  PANEL_VIEWS,
  QUERIES_MAX,
  THRESHOLD_LEVELS,
  THRESHOLDS_MAX,
  UNIT_NAMES,
} from '../model/panel-spec.ts';

/** What a dashboard may be, as whoever sends one is told; each schema has the words for what it expects. */

const TITLE_CHARACTERS_MAX = 200;
const LEGEND_CHARACTERS_MAX = 500;
const NAME_CHARACTERS_MAX = 128;
const RANGE_CHARACTERS_MAX = 100;
/** As long as the store takes them. */
const EXPRESSION_CHARACTERS_MAX = 65_536;
/** A grid has no end; but whoever scrolls does. */
const ROWS_MAX = 10_000;
const PANEL_ROWS_MAX = 200;

function text(maxLength: number, minLength = 0) {
  const length = `a text of ${minLength > 0 ? `${minLength} to` : 'at most'} ${maxLength} characters`;
  return Type.String({ minLength, maxLength, expected: length });
}

function name(pattern: string, expected: string) {
  return Type.String({ pattern: `^(?:${pattern})$`, maxLength: NAME_CHARACTERS_MAX, expected });
}

function whole(minimum: number, maximum: number) {
  return Type.Integer({
    minimum,
    maximum,
    expected: `a whole number from ${minimum} to ${maximum}`,
  });
}

function oneOf<const Name extends string>(names: readonly Name[]) {
  const literals = names.map((one) => Type.Literal(one));
  return Type.Union(literals, { expected: `one of ${names.join(', ')}` });
}

const FLAG = Type.Boolean({ expected: 'true or false' });
const NUMBER_OR_NULL = Type.Union([Type.Number(), Type.Null()], { expected: 'a number or null' });
const DATABASE = text(NAME_CHARACTERS_MAX, 1);
const DATABASE_OR_NULL = Type.Union([DATABASE, Type.Null()], {
  expected: 'the name of a database, or null',
});
/** What is not known is refused: it would be lost, or mean something to a later version. */
const CLOSED = { additionalProperties: false, expected: 'an object' } as const;

const QUERY = Type.Object(
  {
    letter: name('[A-Z]', 'a letter from A to Z'),
    expr: text(EXPRESSION_CHARACTERS_MAX),
    legend: text(LEGEND_CHARACTERS_MAX),
    isHidden: FLAG,
  },
  CLOSED,
);

const THRESHOLD = Type.Object(
  { value: Type.Number({ expected: 'a number' }), level: oneOf(THRESHOLD_LEVELS) },
  CLOSED,
);

const ID = name('[A-Za-z0-9_-]{1,64}', '1 to 64 letters, digits, - and _');
/** In the year 2286: the last one of thirteen digits. */
const TIME_MAX_MS = 9_999_999_999_999;

const ANNOTATIONS = Type.Array(
  Type.Object(
    {
      name: text(ANNOTATION_NAME_CHARACTERS_MAX, 1),
      db: DATABASE_OR_NULL,
      expr: text(EXPRESSION_CHARACTERS_MAX),
      times: oneOf(ANNOTATION_TIMES),
      text: text(NOTE_CHARACTERS_MAX),
      tone: oneOf(TONES),
    },
    CLOSED,
  ),
  { maxItems: ANNOTATIONS_MAX, expected: `a list of at most ${ANNOTATIONS_MAX} annotations` },
);

const NOTE = Type.Object(
  {
    id: ID,
    fromMs: whole(0, TIME_MAX_MS),
    toMs: whole(0, TIME_MAX_MS),
    text: text(NOTE_CHARACTERS_MAX),
    tone: oneOf(TONES),
  },
  CLOSED,
);

const PANEL = Type.Object(
  {
    title: text(TITLE_CHARACTERS_MAX),
    queries: Type.Array(QUERY, {
      maxItems: QUERIES_MAX,
      expected: `a list of at most ${QUERIES_MAX} queries`,
    }),
    view: oneOf(PANEL_VIEWS),
    unit: oneOf(UNIT_NAMES),
    scale: oneOf(PANEL_SCALES),
    min: NUMBER_OR_NULL,
    max: NUMBER_OR_NULL,
    thresholds: Type.Array(THRESHOLD, {
      maxItems: THRESHOLDS_MAX,
      expected: `a list of at most ${THRESHOLDS_MAX} thresholds`,
    }),
    annotations: ANNOTATIONS,
  },
  CLOSED,
);

const PLACED_PANEL = Type.Object(
  {
    id: ID,
    column: whole(0, GRID_COLUMNS - 1),
    row: whole(0, ROWS_MAX),
    width: whole(1, GRID_COLUMNS),
    height: whole(1, PANEL_ROWS_MAX),
    db: DATABASE_OR_NULL,
    spec: PANEL,
  },
  CLOSED,
);

const VARIABLE = Type.Object(
  {
    name: name('[A-Za-z][A-Za-z0-9_]*', 'a letter, then letters, digits and _'),
    tag: text(NAME_CHARACTERS_MAX, 1),
    selector: text(EXPRESSION_CHARACTERS_MAX),
    isMulti: FLAG,
    hasAll: FLAG,
  },
  CLOSED,
);

export const DASHBOARD_SPEC = Type.Object(
  {
    title: text(TITLE_CHARACTERS_MAX, 1),
    db: DATABASE,
    range: text(RANGE_CHARACTERS_MAX, 1),
    variables: Type.Array(VARIABLE, {
      maxItems: VARIABLES_MAX,
      expected: `a list of at most ${VARIABLES_MAX} variables`,
    }),
    panels: Type.Array(PLACED_PANEL, {
      maxItems: PANELS_MAX,
      expected: `a list of at most ${PANELS_MAX} panels`,
    }),
    annotations: ANNOTATIONS,
    notes: Type.Array(NOTE, {
      maxItems: NOTES_MAX,
      expected: `a list of at most ${NOTES_MAX} notes`,
    }),
  },
  CLOSED,
);

type Frozen<T> = T extends object ? { readonly [Name in keyof T]: Frozen<T[Name]> } : T;
type IsSame<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/** Does not compile when the schema and the type part ways. */
true satisfies IsSame<Frozen<Static<typeof DASHBOARD_SPEC>>, DashboardSpec>;
