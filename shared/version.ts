import { version } from './package.json' with { type: 'json' };

/** The release that this program is of. */
export const VERSION: string = version;
