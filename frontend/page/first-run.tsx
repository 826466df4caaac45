import { useSignal } from '@preact/signals';
import type { Session } from './session.ts';

const DEFAULT_INGRESS = 'http://127.0.0.1:8086';
/** What the first database is called when nobody chose one. */
const DEMO_DATABASE = 'demo';
const COPIED_MS = 2000;

/** There is nothing yet: how to change that. Goes away by itself with the first sample. */
export function FirstRun({ session }: { readonly session: Session }) {
  const database = session.view.value.db || DEMO_DATABASE;
  const command = writeCommand(database);
  return (
    <section class="first-run" data-testid="first-run">
      <Pulse />
      <h2>Waiting for the first sample</h2>
      <p>
        Nothing was written to <code>{database}</code> yet. Send it a line, from any terminal that
        reaches the server:
      </p>
      <div class="command">
        <code data-testid="curl">{command}</code>
        <CopyButton text={command} />
      </div>
      <p class="first-run-note">
        This page becomes its chart the moment the line is stored. Telegraf and every InfluxDB
        client can write to the same address.
      </p>
    </section>
  );
}

function writeCommand(database: string): string {
  // An apostrophe would end the shell's quotes.
  const db = encodeURIComponent(database).replaceAll("'", '%27');
  const url = `${ingressAddress()}/write?db=${db}`;
  return `curl -i '${url}' --data-binary 'room,name=kitchen temperature=21.5'`;
}

/** The server of the page tells it. */
function ingressAddress(): string {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="overseer-ingress"]');
  return meta?.content || DEFAULT_INGRESS;
}

function CopyButton({ text }: { readonly text: string }) {
  const outcome = useSignal<'copied' | 'failed' | undefined>(undefined);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      outcome.value = 'copied';
    } catch {
      // No clipboard without HTTPS, except on this machine: the text can be selected.
      outcome.value = 'failed';
    }
    setTimeout(() => {
      outcome.value = undefined;
    }, COPIED_MS);
  };
  const words = { copied: 'Copied', failed: 'Select it' } as const;
  return (
    <button type="button" class="copy" aria-live="polite" onClick={copy}>
      {outcome.value ? words[outcome.value] : 'Copy'}
    </button>
  );
}

/** A line that waits for something to draw. */
function Pulse() {
  return (
    <svg class="pulse" viewBox="0 0 320 64" aria-hidden="true">
      <path d="M0 40h112l10-6 10 6 8 0 10-32 14 50 10-18h24l8-5 8 5h106" />
    </svg>
  );
}
