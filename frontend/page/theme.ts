import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';

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
    try {
      localStorage.setItem(STORAGE_KEY, choice);
    } catch {
      // A browser that forbids storage: the choice holds until the page is closed.
    }
  }
}

function remembered(): ThemeChoice {
  try {
    const stored = localStorage.getItem(STORAGE_KEY);
    return CHOICES.find((choice) => choice === stored) ?? 'system';
  } catch {
    return 'system';
  }
}
