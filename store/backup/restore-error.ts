/** The backup can't go into this database; says what to do. */
export class RestoreError extends Error {
  override name = 'RestoreError';
}
