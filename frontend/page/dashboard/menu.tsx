import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

export interface MenuItem {
  readonly label: string;
  /** `data-testid`. */
  readonly id: string;
  readonly onPick: () => void;
}

interface MenuProps {
  /** What it is about, for who can't see where the button is. */
  readonly label: string;
  readonly testId: string;
  readonly items: readonly MenuItem[];
}

/** A button with three dots and what can be done: arrow keys move through it, Escape and a click elsewhere close it. */
export function Menu({ label, testId, items }: MenuProps) {
  const isOpen = useSignal(false);
  const list = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (isOpen.value) list.current?.querySelector('button')?.focus();
  }, [isOpen.value]);
  const close = () => {
    isOpen.value = false;
    button.current?.focus();
  };
  return (
    <div
      class="menu"
      onFocusOut={({ relatedTarget, currentTarget }) => {
        if (!currentTarget.contains(relatedTarget as Node | null)) isOpen.value = false;
      }}
    >
      <button
        ref={button}
        type="button"
        class="icon-button"
        data-testid={testId}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={isOpen.value}
        onClick={() => {
          isOpen.value = !isOpen.value;
        }}
      >
        <DotsIcon />
      </button>
      {isOpen.value && (
        <div
          ref={list}
          class="menu-items"
          role="menu"
          aria-label={label}
          tabIndex={-1}
          onKeyDown={(event) => {
            if (event.key === 'Escape') close();
            else if (!moveFocus(event.currentTarget, event.key)) return;
            event.preventDefault();
          }}
        >
          {items.map(({ label: text, id, onPick }) => (
            <button
              key={id}
              type="button"
              role="menuitem"
              data-testid={id}
              onClick={() => {
                close();
                onPick();
              }}
            >
              {text}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

/** @returns whether the key is one that moves */
function moveFocus(list: HTMLElement, key: string): boolean {
  const by = { ArrowDown: 1, ArrowUp: -1 }[key];
  if (by === undefined) return false;
  const items = [...list.querySelectorAll('button')];
  const index = items.findIndex((item) => item.matches(':focus'));
  items[(index + by + items.length) % items.length]?.focus();
  return true;
}

function DotsIcon() {
  return (
    <svg class="icon icon-filled" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M8 3h.01M8 8h.01M8 13h.01" stroke-width="2.4" />
    </svg>
  );
}
