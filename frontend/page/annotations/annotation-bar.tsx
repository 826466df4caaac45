import { useSignal } from '@preact/signals';
import { late } from '../late.tsx';
import type { Session } from '../session.ts';
import type { AnnotationTrouble } from './annotation-marks.ts';
import { sourceName } from './mark-words.tsx';

const AnnotationsDialog = late(
  async () => (await import('./annotations-dialog.tsx')).AnnotationsDialog,
);

interface AnnotationBarProps {
  readonly session: Session;
  /** Why some mark nothing. */
  readonly troubles: readonly AnnotationTrouble[];
}

/** A switch for each annotation, and for the notes. */
export function AnnotationSwitches({ session, troubles }: AnnotationBarProps) {
  const names = session.timeline.value.names.value;
  const off = session.annotationsOff.value;
  if (names.length === 0) return null;
  return (
    <fieldset class="annotation-switches" data-testid="annotations" aria-label="Annotations">
      {names.map((name) => {
        const trouble = troubles.find((one) => one.name === name);
        return (
          <button
            key={name}
            type="button"
            class="annotation-switch"
            data-testid={`annotation:${name}`}
            aria-pressed={!off.includes(name)}
            data-trouble={trouble !== undefined}
            title={trouble?.message ?? 'Shown or hidden'}
            onClick={() => session.switchAnnotation(name)}
          >
            {sourceName(name)}
            {trouble && (
              <>
                <span aria-hidden="true"> !</span>
                <span class="visually-hidden">: {trouble.message}</span>
              </>
            )}
          </button>
        );
      })}
    </fieldset>
  );
}

/** Opens what marks the time of the panel that the address tells. */
export function AnnotationsButton({ session }: { readonly session: Session }) {
  const isOpen = useSignal(false);
  return (
    <>
      <button
        type="button"
        class="text-button"
        data-testid="open-annotations"
        onClick={() => {
          isOpen.value = true;
        }}
      >
        Annotations
      </button>
      {isOpen.value && (
        <AnnotationsDialog
          session={session}
          onClose={() => {
            isOpen.value = false;
          }}
        />
      )}
    </>
  );
}
