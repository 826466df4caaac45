import { signal, useSignalEffect } from '@preact/signals';
import type { ComponentType } from 'preact';

type Loaded<Props> =
  | { readonly component: ComponentType<Props> }
  | { readonly failure: string }
  | undefined;

/**
 * A component whose code is loaded when it is shown first: the first chart doesn't wait for it.
 * @param load an `import()` of its module
 */
export function late<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): ComponentType<Props> {
  const loaded = signal<Loaded<Props>>(undefined);
  let isAsked = false;
  const ask = () => {
    isAsked = true;
    load().then(
      (component) => {
        loaded.value = { component };
      },
      (error) => {
        console.info('A part of the page could not be loaded.', error);
        loaded.value = { failure: String(error) };
      },
    );
  };
  return function Late(props: Props) {
    useSignalEffect(() => {
      if (!isAsked) ask();
    });
    const state = loaded.value;
    if (state === undefined) return null;
    if ('failure' in state) return <NotLoaded />;
    const Component = state.component;
    return <Component {...props} />;
  };
}

/** The server is away, or has a newer page by now: only loading the page again helps. */
function NotLoaded() {
  return (
    <div class="not-loaded" data-testid="not-loaded" role="alert">
      <p>This part of the page could not be loaded.</p>
      <button type="button" class="text-button" onClick={() => location.reload()}>
        Load the page again
      </button>
    </div>
  );
}
