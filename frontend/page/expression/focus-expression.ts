/** Lets the user write the first expression within an element, wherever its field keeps the text. */
export function focusExpression(within: Element | null): void {
  const field = within?.querySelector<HTMLElement>('.expression :is(textarea, .code-field)');
  (field?.shadowRoot?.querySelector<HTMLElement>('[contenteditable]') ?? field)?.focus();
}
