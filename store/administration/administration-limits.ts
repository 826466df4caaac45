/**
 * Questions that one store answers at once, by kind; further ones are refused. Each has a connection, and an export keeps a core busy.
 */
export const ANSWERED_MAX = { export: 2, count: 2, status: 2 } as const;

export type AnsweredKind = keyof typeof ANSWERED_MAX;
