import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

/** Colours are the page's tokens: both themes are one style. */
const layout = EditorView.theme({
  '&': { color: 'inherit', background: 'none' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--face-data)', lineHeight: '1.5', maxHeight: '10rem' },
  '.cm-content': {
    padding: 'calc((var(--control-height) - 2px - 1.5em) / 2) 0',
    caretColor: 'var(--ink)',
  },
  '.cm-line': { padding: '0 var(--space-3)' },
  '.cm-placeholder': { color: 'var(--ink-faint)' },
  '.cm-content ::selection, .cm-line::selection': {
    background: 'var(--accent)',
    color: 'var(--accent-ink)',
  },
  '.cm-content[aria-invalid=true]': { color: 'var(--danger)' },
  '&.cm-focused .cm-matchingBracket': { background: 'var(--accent-wash)' },
  '&.cm-focused .cm-nonmatchingBracket': { background: 'var(--danger-wash)' },
  '.cm-lintRange-error': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--danger)',
    textUnderlineOffset: '3px',
  },
  '.cm-lintRange-warning': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--warning)',
    textUnderlineOffset: '3px',
  },
  '.cm-tooltip': {
    overflow: 'hidden',
    border: '1px solid var(--line)',
    borderRadius: 'var(--radius-small)',
    background: 'var(--raised)',
    boxShadow: 'var(--shadow)',
    color: 'var(--ink)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': {
    maxHeight: '16rem',
    padding: 'var(--space-1)',
    fontFamily: 'var(--face-data)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': {
    padding: '2px var(--space-2)',
    borderRadius: '3px',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    background: 'var(--accent-wash)',
    color: 'var(--ink)',
  },
  '.cm-completionMatchedText': { color: 'var(--accent)', textDecoration: 'none' },
  '.cm-completionDetail': { color: 'var(--ink-soft)', fontStyle: 'normal' },
  '.cm-tooltip.cm-completionInfo': { maxWidth: '24rem', padding: 'var(--space-2)' },
});

/** What has a meaning of its own stands out; the rest is ink. */
const words = HighlightStyle.define([
  { tag: [tags.function(tags.variableName), tags.operatorKeyword], color: 'var(--accent)' },
  { tag: [tags.modifier, tags.logicOperator, tags.operator], color: 'var(--ink-soft)' },
  { tag: [tags.string, tags.number], color: 'var(--warning)' },
  { tag: tags.labelName, color: 'var(--ink-soft)' },
  { tag: tags.comment, color: 'var(--ink-faint)', fontStyle: 'italic' },
]);

export const editorTheme = [layout, syntaxHighlighting(words)];
