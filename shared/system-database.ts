/** The database that Overseer writes its own metrics into. */
export const SYSTEM_DATABASE = '_overseer';

/** How long its points are kept until somebody says otherwise. */
export const SYSTEM_RETENTION_MS = 30 * 86_400_000;
