import { isPagePath } from '../model/page-paths.ts';

/**
 * Follows links to other places of the page without loading it again.
 * @param visit goes to a path with its query part
 */
export function followLinks(visit: (href: string) => void): void {
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element && event.target.closest('a');
    if (!link || event.defaultPrevented || !isPlainClick(event)) return;
    const { origin, pathname, search } = new URL(link.href, location.href);
    if (origin !== location.origin || link.target || link.hasAttribute('download')) return;
    if (!isPagePath(pathname)) return;
    event.preventDefault();
    visit(`${pathname}${search}`);
  });
}

/** Neither into a new tab nor into a file. */
function isPlainClick({ button, metaKey, ctrlKey, shiftKey, altKey }: MouseEvent): boolean {
  return button === 0 && !(metaKey || ctrlKey || shiftKey || altKey);
}
