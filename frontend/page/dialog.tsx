import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface DialogProps {
  readonly title: string;
  readonly testId: string;
  /** Along the right edge of the page, which stays to be seen. */
  readonly side?: boolean;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** A window above the page, for as long as it is rendered: Escape and a click beside it close it. */
export function Dialog({ title, testId, side = false, onClose, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    element.current?.showModal();
  }, []);
  return (
    <dialog
      ref={element}
      class={side ? 'dialog dialog-side' : 'dialog'}
      data-testid={testId}
      aria-label={title}
      onClose={onClose}
      onPointerDown={(event) => {
        if (event.target === element.current) onClose();
      }}
    >
      <div class="dialog-content">
        <header class="dialog-head">
          <h2>{title}</h2>
          <button type="button" class="icon-button" aria-label="Close" onClick={onClose}>
            ✕
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
