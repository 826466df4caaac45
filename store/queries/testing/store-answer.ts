import {
  askToEnd,
  type Bus,
  float64s,
  isPresent,
  type Labels,
  type QueryEnd,
  type QueryKind,
  type QueryPart,
  querySubject,
} from '@overseer/shared';

/** One whole answer of the store. */
export interface StoreAnswer {
  readonly parts: readonly QueryPart[];
  readonly end: QueryEnd;
}

/** Asks as the frontend does and waits for the end. @throws AnswerError */
export async function askStore(
  bus: Bus,
  kind: QueryKind,
  request: object,
  signal?: AbortSignal,
): Promise<StoreAnswer> {
  const parts: QueryPart[] = [];
  const onPart = (part: QueryPart) => void parts.push(part);
  const end = await askToEnd<QueryEnd, QueryPart>(bus, querySubject(kind), request, {
    signal,
    onPart,
  });
  return { parts, end };
}

/** One series of a matrix; undefined: no value at that step. */
export interface AnsweredSeries {
  readonly labels: Labels;
  readonly values: readonly (number | undefined)[];
}

export function matrixOf({ parts }: StoreAnswer): AnsweredSeries[] {
  return parts.flatMap((part) => {
    if (part.kind !== 'matrix') throw new Error(`a part of kind ${part.kind} in a matrix`);
    return part.series.map(({ labels, values, present }) => ({
      labels,
      values: Array.from(float64s(values), (value, step) =>
        isPresent(present, step) ? value : undefined,
      ),
    }));
  });
}

export function vectorOf({ parts }: StoreAnswer): { labels: Labels; value: number }[] {
  return parts.flatMap((part) => {
    if (part.kind !== 'vector') throw new Error(`a part of kind ${part.kind} in a vector`);
    return part.series;
  });
}

export function listOf({ parts }: StoreAnswer): string[] {
  return parts.flatMap((part) => {
    if (part.kind !== 'list') throw new Error(`a part of kind ${part.kind} in a list`);
    return part.values;
  });
}

export function labelSetsOf({ parts }: StoreAnswer): Labels[] {
  return parts.flatMap((part) => {
    if (part.kind !== 'labelSets') throw new Error(`a part of kind ${part.kind} in label sets`);
    return part.series;
  });
}
