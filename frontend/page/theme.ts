import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import { keep, readKept } from './kept-locally.ts';

/** `system`: whatever the operating system is set to. */
export type ThemeChoice = 'system' | 'dark' | 'light';

const CHOICES: readonly ThemeChoice[] = ['system', 'dark', 'light'];
const STORAGE_KEY = 'overseer-theme';

/** Dark or light: chosen by the user, remembered by the browser, told to the style sheet by `data-theme`. */
export class Theme {
  readonly choice = signal(remembered());
  readonly isDark: ReadonlySignal<boolean>;

  constructor() {
    const system = matchMedia('(prefers-color-scheme: dark)');
    const isSystemDark = signal(system.matches);
    system.addEventListener('change', () => {
      isSystemDark.value = system.matches;
    });
    this.isDark = computed(() =>
      this.choice.value === 'system' ? isSystemDark.value : this.choice.value === 'dark',
    );
    effect(() => {
      document.documentElement.dataset.theme = this.choice.value;
    });
  }

  next(): void {
    const index = CHOICES.indexOf(this.choice.value);
    const choice = CHOICES[(index + 1) % CHOICES.length] ?? 'system';
    this.choice.value = choice;
    keep(STORAGE_KEY, choice);
  }
}

function remembered(): ThemeChoice {
  const kept = readKept(STORAGE_KEY);
  return CHOICES.find((choice) => choice === kept) ?? 'system';
}
