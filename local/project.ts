/** Where the project and everything it makes at run time live. */
import { join, resolve } from 'node:path';

export const projectFolder = resolve(import.meta.dir, '..');

/** What the project fetches or makes for itself. */
export const toolsFolder = join(projectFolder, '.overseer', 'tools');
