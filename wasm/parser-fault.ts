/**
 * The parser's module trapped, or gave what it never should: a bug. Nothing that its memory holds can be trusted any more, so
 * every further call throws this too; make a new parser, and what was not yet taken of this one is lost.
 */
export class ParserFaultError extends Error {
  override name = 'ParserFaultError';
}

type Export = (...values: never[]) => unknown;

/** The exports of a module, of which none runs any more once one of them has trapped. Memories stay as they are. */
export function guardExports<T extends object>(exports: T): T {
  let fault: ParserFaultError | undefined;
  const guard = (name: string, call: Export): Export => {
    return (...values) => {
      if (fault) throw fault;
      try {
        return call(...values);
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        fault = new ParserFaultError(`the parser failed in ${name}: ${reason}`, { cause });
        throw fault;
      }
    };
  };
  const entries = Object.entries(exports).map(([name, value]) => [
    name,
    typeof value === 'function' ? guard(name, value as Export) : value,
  ]);
  return Object.fromEntries(entries);
}
