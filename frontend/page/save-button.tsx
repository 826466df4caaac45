import { useSignal } from '@preact/signals';
import { late } from './late.tsx';
import type { Session } from './session.ts';

const SaveToDashboard = late(
  async () => (await import('./dashboard/save-to-dashboard.tsx')).SaveToDashboard,
);

/** Puts what is explored on a dashboard; nothing where nothing is asked. */
export function SaveButton({ session }: { readonly session: Session }) {
  const isOpen = useSignal(false);
  if (session.place.value.kind !== 'explore') return null;
  return (
    <>
      <button
        type="button"
        class="text-button"
        data-testid="save-to-dashboard"
        disabled={session.view.value.panel.queries.length === 0}
        onClick={() => {
          isOpen.value = true;
        }}
      >
        Save to a dashboard
      </button>
      {isOpen.value && (
        <SaveToDashboard
          session={session}
          onClose={() => {
            isOpen.value = false;
          }}
        />
      )}
    </>
  );
}
