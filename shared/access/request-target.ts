/**
 * What a request is for. Not by `new URL(request.url)`: where the Host header is missing, as in HTTP/1.0, or is none, the text is no URL,
 * and the error for that has all of it, tokens included.
 */

/** Of the URL, before its parameters. */
export function pathOf({ url }: Request): string {
  return /^(?:https?:\/\/[^/?#]*)?([^?#]*)/.exec(url)?.[1] || '/';
}

/** Of the URL. */
export function parametersOf({ url }: Request): URLSearchParams {
  const [text = ''] = url.split('#', 1);
  const start = text.indexOf('?');
  return new URLSearchParams(start < 0 ? '' : text.slice(start));
}
