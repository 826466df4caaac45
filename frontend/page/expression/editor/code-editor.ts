import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  closeCompletion,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, insertNewline } from '@codemirror/commands';
import { bracketMatching } from '@codemirror/language';
import { forEachDiagnostic } from '@codemirror/lint';
import { EditorSelection, EditorState, type Extension, Prec } from '@codemirror/state';
import { EditorView, keymap, placeholder } from '@codemirror/view';
import { LanguageType, PromQLExtension, promQLLanguage } from '@prometheus-io/codemirror-promql';
import { CompletionClient, type CompletionClientParts } from './completion-client.ts';
import { completionKeys } from './completion-keys.ts';
import { editorTheme } from './editor-theme.ts';

export interface CodeEditorParts extends Omit<CompletionClientParts, 'nodeName'> {
  readonly text: string;
  /** Where the cursor was in the field that this one replaces; undefined: elsewhere. */
  readonly selection: { readonly from: number; readonly to: number } | undefined;
  readonly placeholder: string;
  /** Of the element with the text. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly onInput: (text: string) => void;
  readonly onDraw: () => void;
  readonly onLeave: () => void;
  /** What is wrong with the text; undefined: nothing. */
  readonly onLint: (message: string | undefined) => void;
}

/** An expression being written, with the official completion and checks of PromQL. */
export class CodeEditor {
  readonly #view: EditorView;
  readonly #client: CompletionClient;

  /**
   * @param host gets a shadow tree: there, styles come as style sheets and not as elements, which the page's content security policy
   * would forbid
   */
  constructor(host: HTMLElement, parts: CodeEditorParts) {
    const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
    // Outside the shadow tree, what is typed would look like keys pressed on something that nobody types in: shortcuts of the page.
    root.addEventListener('keydown', (event) => event.stopPropagation());
    const { parser } = promQLLanguage(LanguageType.PromQL);
    const nodeName = (id: number) => parser.nodeSet.types[id]?.name;
    this.#client = new CompletionClient({ ...parts, nodeName });
    const promql = new PromQLExtension().setComplete({ remote: this.#client });
    const { text, selection } = parts;
    this.#view = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: text,
        ...(selection && { selection: withinText(selection, text) }),
        extensions: [promql.asExtension(), extensions(parts)],
      }),
    });
    if (selection) this.#view.focus();
  }

  /** Replaces what is written, unless it is that. */
  setText(text: string): void {
    const { doc } = this.#view.state;
    if (doc.toString() === text) return;
    this.#view.dispatch({ changes: { from: 0, to: doc.length, insert: text } });
  }

  setAttribute(name: string, value: string): void {
    this.#view.contentDOM.setAttribute(name, value);
  }

  focus(): void {
    this.#view.focus();
  }

  close(): void {
    this.#view.destroy();
  }
}

function extensions(parts: CodeEditorParts): Extension {
  return [
    history(),
    bracketMatching(),
    closeBrackets(),
    // Enter draws what is written, unless something else was chosen with the arrows.
    autocompletion({
      selectOnOpen: false,
      interactionDelay: 0,
      icons: false,
      maxRenderedOptions: 100,
    }),
    EditorView.domEventHandlers({ beforeinput: replaceSelection }),
    EditorView.lineWrapping,
    placeholder(parts.placeholder),
    EditorView.contentAttributes.of(parts.attributes),
    EditorView.updateListener.of(({ view, docChanged }) => {
      if (docChanged) parts.onInput(view.state.doc.toString());
      parts.onLint(firstProblem(view.state));
    }),
    keys(parts),
    editorTheme,
  ];
}

function keys({ onDraw, onLeave }: CodeEditorParts): Extension {
  const draw = (view: EditorView) => {
    closeCompletion(view);
    onDraw();
    return true;
  };
  const leave = () => {
    onLeave();
    return true;
  };
  return [
    completionKeys(),
    Prec.highest(keymap.of([{ key: 'Enter', run: draw, shift: insertNewline }])),
    keymap.of([...closeBracketsKeymap, { key: 'Escape', run: leave }]),
    keymap.of([...historyKeymap, ...defaultKeymap]),
  ];
}

/**
 * Text over a selection. Chromium would keep the look of what is replaced by a style of its own, which the page's content security
 * policy forbids: said in the console each time.
 */
function replaceSelection(event: InputEvent, view: EditorView): boolean {
  const { from, to, empty } = view.state.selection.main;
  const text = event.data;
  if (event.inputType !== 'insertText' || event.isComposing || empty || !text) return false;
  const insert = () =>
    view.state.update(view.state.replaceSelection(text), {
      userEvent: 'input.type',
      scrollIntoView: true,
    });
  const handlers = view.state.facet(EditorView.inputHandler);
  if (!handlers.some((handle) => handle(view, from, to, text, insert))) view.dispatch(insert());
  event.preventDefault();
  return true;
}

function firstProblem(state: EditorState): string | undefined {
  let first: string | undefined;
  forEachDiagnostic(state, ({ message }) => {
    first ??= message;
  });
  return first;
}

/** Another text may have come since the cursor was there. */
function withinText({ from, to }: { from: number; to: number }, text: string): EditorSelection {
  return EditorSelection.single(Math.min(from, text.length), Math.min(to, text.length));
}
