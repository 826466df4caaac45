/**
 * Ends the process with whatever nobody has caught, as with any other bug. Left alone, the runtime would print the error with all that it has,
 * and the client of PostgreSQL puts the statement and its values beside its errors.
 * @param die logs the error and ends the process
 */
export function dieOfUncaught(die: (error: unknown) => never): void {
  process.on('uncaughtException', die);
  process.on('unhandledRejection', die);
}
