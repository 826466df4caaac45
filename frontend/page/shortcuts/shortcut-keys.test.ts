import { describe, expect, test } from 'bun:test';
import { type PressedKey, ShortcutKeys } from './shortcut-keys.ts';
import { SHORTCUTS } from './shortcuts.ts';

const press = (key: string, change: Partial<PressedKey> = {}): PressedKey => ({
  key,
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  repeat: false,
  isComposing: false,
  defaultPrevented: false,
  getModifierState: () => false,
  ...change,
});

function start() {
  const keys = new ShortcutKeys();
  let count = 0;
  const stop = keys.on('earlier', () => count++);
  return { keys, stop, count: () => count };
}

describe('shortcuts', () => {
  test('each key - is of one shortcut', () => {
    const keys = SHORTCUTS.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('a key - does what it was told to, until that is taken back', () => {
    const { keys, stop, count } = start();
    expect(keys.press(press('['))).toBe(true);
    expect(count()).toBe(1);
    expect(keys.press(press(']'))).toBe(false);
    stop();
    expect(keys.press(press('['))).toBe(false);
    expect(keys.has('earlier')).toBe(false);
  });

  test('what is meant for others - is left to them', () => {
    const { keys, count } = start();
    for (const change of [
      { ctrlKey: true },
      { altKey: true },
      { metaKey: true },
      { repeat: true },
      { isComposing: true },
      { defaultPrevented: true },
    ]) {
      expect(keys.press(press('[', change))).toBe(false);
    }
    expect(count()).toBe(0);
  });

  test('a bracket that needs AltGr - is one', () => {
    const { keys, count } = start();
    const isAltGraph = { ctrlKey: true, altKey: true, getModifierState: () => true };
    keys.press(press('[', isAltGraph));
    expect(count()).toBe(1);
  });
});
