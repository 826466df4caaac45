import type { Drawing } from './drawing.ts';
import type { World } from './world.ts';

/** Something that happens to the store, described by its name; what it writes and when is drawn. */
export interface Operation {
  readonly name: string;
  /** How often it is chosen, compared with others. */
  readonly weight: number;
  readonly run: (world: World, drawing: Drawing, label: string) => Promise<void>;
}
