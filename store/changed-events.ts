import {
  type Bus,
  BusUnavailableError,
  CHANGED_SUBJECT,
  type ChangedEvent,
  encodeChangedEvent,
  type Logger,
} from '@overseer/shared';

/** Tells that something was deleted or dropped; who does not hear it sees it in its next question. */
export function publishChanged(bus: Bus, event: ChangedEvent, log: Logger): void {
  try {
    bus.send(CHANGED_SUBJECT, encodeChangedEvent(event));
  } catch (error) {
    if (!(error instanceof BusUnavailableError)) throw error;
    log.warn({ err: error }, 'a change was not told');
  }
}
