import { type LineSource, LineWriter } from './lines.ts';
import { type AgentsOptions, AgentWalk } from './telegraf.ts';
import { type CpuOnlyOptions, CpuOnlyWalk } from './tsbs.ts';

/** What a load is made of; equal options make equal bytes. `values` says which load it is. */
export type LoadOptions = CpuOnlyOptions | AgentsOptions;

/** The lines of a load from its first on. */
export function openLoad(options: LoadOptions): LineSource {
  return options.values === 'mixed'
    ? new AgentWalk(options)
    : new LineWriter(new CpuOnlyWalk(options));
}
