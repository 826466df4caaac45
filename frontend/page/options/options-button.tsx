import { useSignal } from '@preact/signals';
import { useId, useRef } from 'preact/hooks';
import { late } from '../late.tsx';
import type { Panel } from '../panel/panel.ts';

const OptionsForm = late(async () => (await import('./options-form.tsx')).OptionsForm);

/** Between the button and what it opens. */
const GAP_PX = 4;

/** Opens the options of how values are shown; Escape, or a click elsewhere, closes them. */
export function OptionsButton({ panel }: { readonly panel: Panel }) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const popover = useRef<HTMLElement>(null);
  const isOpen = useSignal(false);
  return (
    <>
      <button
        ref={button}
        type="button"
        class="icon-button"
        data-testid="options"
        aria-label="How values are shown"
        title="How values are shown"
        aria-expanded={isOpen.value}
        popoverTarget={id}
      >
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
          <path d="M2 4.5h6M12 4.5h2M2 11.5h2M8 11.5h6M10 6.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM6 13.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4z" />
        </svg>
      </button>
      <section
        ref={popover}
        id={id}
        popover="auto"
        class="options"
        data-testid="options-form"
        aria-label="How values are shown"
        onBeforeToggle={(event) => {
          if (event.newState !== 'open' || !button.current || !popover.current) return;
          isOpen.value = true;
          placeBelow(button.current, popover.current);
        }}
        onToggle={(event) => {
          isOpen.value = event.newState === 'open';
        }}
      >
        {isOpen.value && <OptionsForm panel={panel} />}
      </section>
    </>
  );
}

/** A popover is above everything else, so that nothing but its position ties it to its button. */
function placeBelow(button: HTMLElement, popover: HTMLElement): void {
  const { bottom, right } = button.getBoundingClientRect();
  popover.style.setProperty('--below', `${bottom + GAP_PX}px`);
  popover.style.setProperty('--right', `${document.documentElement.clientWidth - right}px`);
}
