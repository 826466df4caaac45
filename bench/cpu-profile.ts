/** A profile as Chromium's debugging protocol has it, as far as it is looked at. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
      readonly columnNumber: number;
    };
  }[];
  readonly samples?: readonly number[] | undefined;
  /** Microseconds, one a sample. */
  readonly timeDeltas?: readonly number[] | undefined;
}

export interface OwnTime {
  /** With its place in the built page: names are short there. */
  readonly name: string;
  readonly ms: number;
}

/** Functions by the time that they took themselves, without those that they called; longest first. */
export function ownTimes({ nodes, samples = [], timeDeltas = [] }: CpuProfile): OwnTime[] {
  const names = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber, columnNumber } }) => {
      const file = url.slice(url.lastIndexOf('/') + 1);
      const place = file ? ` ${file}:${lineNumber + 1}:${columnNumber + 1}` : '';
      return [id, `${functionName || '(anonymous)'}${place}`] as const;
    }),
  );
  const times = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    const name = names.get(id) ?? '(unknown)';
    times.set(name, (times.get(name) ?? 0) + (timeDeltas[index] ?? 0) / 1000);
  }
  return [...times].map(([name, ms]) => ({ name, ms })).sort((a, b) => b.ms - a.ms);
}
