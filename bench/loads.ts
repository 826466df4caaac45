import { type DevicesOptions, DeviceWalk } from './devices.ts';
import { type LineSource, LineWriter } from './lines.ts';
import { type AgentsOptions, AgentWalk } from './telegraf.ts';
import { type CpuOnlyOptions, CpuOnlyWalk } from './tsbs.ts';

/** What a load is made of; equal options make equal bytes. `values` says which load it is. */
export type LoadOptions = CpuOnlyOptions | AgentsOptions | DevicesOptions;

/** The lines of a load from its first on. */
export function openLoad(options: LoadOptions): LineSource {
  switch (options.values) {
    case 'mixed':
      return new AgentWalk(options);
    case 'devices':
      return new DeviceWalk(options);
    default:
      return new LineWriter(new CpuOnlyWalk(options));
  }
}
