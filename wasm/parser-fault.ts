/**
 * The parser's module trapped, or gave what it never should: a bug. Nothing that its memory holds can be trusted any more, so
 * every further call throws this too; make a new parser, and what was not yet taken of this one is lost.
 */
export class ParserFaultError extends Error {
  override name = 'ParserFaultError';
}

type Export = (...values: never[]) => unknown;

/** Sees to it that no export of a module runs any more once one of them has trapped. */
export class FaultGuard {
  #fault: ParserFaultError | undefined;

  get failed(): boolean {
    return this.#fault !== undefined;
  }

  /** The exports, functions guarded; memories stay as they are. */
  guard<T extends object>(exports: T): T {
    const entries = Object.entries(exports).map(([name, value]) => [
      name,
      typeof value === 'function' ? this.#guardCall(name, value as Export) : value,
    ]);
    return Object.fromEntries(entries);
  }

  #guardCall(name: string, call: Export): Export {
    return (...values) => {
      if (this.#fault) throw this.#fault;
      try {
        return call(...values);
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        this.#fault = new ParserFaultError(`the parser failed in ${name}: ${reason}`, { cause });
        throw this.#fault;
      }
    };
  }
}
