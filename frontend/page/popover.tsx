import type { Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface PopoverProps {
  readonly isOpen: Signal<boolean>;
  /** What it is, for who can't see it. */
  readonly label: string;
  readonly testId: string;
  readonly children: ComponentChildren;
}

/**
 * What hangs below a control while it is open: Escape and a press elsewhere close it. Its parent holds the control, too, and has it in
 * place; shown only while it is open, so that the focus comes in and goes back.
 */
export function Popover({ isOpen, label, testId, children }: PopoverProps) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    element.current?.querySelector<HTMLElement>('input, select, button')?.focus();
    const onPress = ({ target }: PointerEvent) => {
      const holder = element.current?.parentElement;
      if (target instanceof Node && !holder?.contains(target)) isOpen.value = false;
    };
    document.addEventListener('pointerdown', onPress);
    return () => {
      document.removeEventListener('pointerdown', onPress);
      const isElsewhere =
        document.activeElement !== document.body &&
        !element.current?.contains(document.activeElement);
      if (before instanceof HTMLElement && !isElsewhere) before.focus();
    };
  }, [isOpen]);
  return (
    <div
      class="popover"
      data-testid={testId}
      role="dialog"
      aria-label={label}
      ref={element}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        isOpen.value = false;
      }}
    >
      {children}
    </div>
  );
}
