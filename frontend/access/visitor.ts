import type { Grant } from '@overseer/shared/access';

/** Who sends a request. */
export interface Visitor {
  readonly grant: Grant;
  /** Infinity for programs, which send their token each time. */
  readonly expiresAtMs: number;
}
