import { WorkerThread } from '../worker-thread.ts';

export interface AdministrationSettings {
  readonly natsUrl: string;
  readonly databaseUrl: string;
}

/** Starts the thread that answers what operators ask and what takes long: turning points into text keeps a core busy. */
export function startAdministrationThread(
  { natsUrl, databaseUrl }: AdministrationSettings,
  onFatal: (error: unknown) => void,
): WorkerThread {
  const settings: AdministrationSettings = { natsUrl, databaseUrl };
  const module = new URL('./worker.ts', import.meta.url);
  return new WorkerThread({ name: 'administration', module, settings, onFatal });
}
