import { SHORTCUTS, type ShortcutName } from './shortcuts.ts';

/** What of a key's event decides about it. */
export type PressedKey = Pick<
  KeyboardEvent,
  'key' | 'altKey' | 'ctrlKey' | 'metaKey' | 'repeat' | 'isComposing' | 'defaultPrevented'
> & { getModifierState(name: string): boolean };

/** What the keys do: parts of the page say what for as long as they are there. */
export class ShortcutKeys {
  readonly #handlers = new Map<ShortcutName, () => void>();

  /** @returns takes it back */
  on(name: ShortcutName, run: () => void): () => void {
    this.#handlers.set(name, run);
    return () => {
      if (this.#handlers.get(name) === run) this.#handlers.delete(name);
    };
  }

  /** Whether it does anything on the page as it is. */
  has(name: ShortcutName): boolean {
    return this.#handlers.has(name);
  }

  /** @returns whether the key was a shortcut, and has done what it does */
  press(event: PressedKey): boolean {
    if (event.defaultPrevented || event.isComposing || event.repeat || hasModifier(event)) {
      return false;
    }
    const shortcut = SHORTCUTS.find(({ key }) => key === event.key);
    const run = shortcut && this.#handlers.get(shortcut.name);
    run?.();
    return run !== undefined;
  }

  /** Hears the keys of the document, except where people type and while a dialog is open. */
  listen(): void {
    document.addEventListener('keydown', (event) => {
      if (isTyping(event.target) || document.querySelector('dialog[open]')) return;
      if (this.press(event)) event.preventDefault();
    });
  }
}

/** Shift makes another character; AltGr, which some layouts need for brackets, looks like Ctrl and Alt. */
function hasModifier(event: PressedKey): boolean {
  if (event.getModifierState('AltGraph')) return event.metaKey;
  return event.altKey || event.ctrlKey || event.metaKey;
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches('input, textarea, select'))
  );
}
