/** The database that Overseer writes its own metrics into. */
export const SYSTEM_DATABASE = '_overseer';

/** How long its points are kept until somebody says otherwise: some 200 MB a day of an idle system. */
export const SYSTEM_RETENTION_MS = 7 * 86_400_000;
