/** Where the project and everything it makes at run time live. */
import { join, resolve } from 'node:path';

export const projectFolder = resolve(import.meta.dir, '..');

/** Data, tools and the notes of running instances. Nothing of the project is written elsewhere. */
export const overseerFolder = join(projectFolder, '.overseer');

export const toolsFolder = join(overseerFolder, 'tools');
