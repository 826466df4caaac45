import { type Case, error, m } from './case.ts';

export const STRINGS: readonly Case[] = [
  {
    name: 'newlines in strings count as lines',
    body: 'm f="a\nb\n\nc" 1\nbad\nm f="d" 2\n',
    points: [m({ f: 'a\nb\n\nc' }, 1n), m({ f: 'd' }, 2n)],
    errors: [error('missing-fields', 5)],
  },
  {
    name: 'a bad line with newlines in its strings is one bad line',
    body: 'm x=bad,s="a\nm f=1 1\nb" 1\nm ok=1 4\n',
    points: [m({ ok: 1 }, 4n)],
    errors: [error('invalid-value', 1)],
  },
  {
    name: 'an unterminated string costs one line',
    body: 'm ok=1 1\nm f="never closed 2\nm ok=3 3\nm ok=4 4',
    points: [m({ ok: 1 }, 1n), m({ ok: 3 }, 3n), m({ ok: 4 }, 4n)],
    errors: [error('unterminated-string', 2)],
  },
  {
    name: 'an unterminated string in the last line',
    body: 'm ok=1 1\nm f="',
    points: [m({ ok: 1 }, 1n)],
    errors: [error('unterminated-string', 2)],
  },
  {
    name: 'an escaped quote does not close a string',
    body: 'm f="a\\"\nm ok=1 1\n',
    points: [m({ ok: 1 }, 1n)],
    errors: [error('unterminated-string', 1)],
  },
  {
    name: 'a quote that closes in a later line, where it was meant to open',
    body: 'm f="a\nm f="b" 2\nm ok=1 3\n',
    points: [m({ ok: 1 }, 3n)],
    errors: [error('invalid-value', 1)],
  },
  {
    name: 'string in CRLF lines keeps its CRLF',
    body: 'm f="a\r\nb" 1\r\n',
    points: [m({ f: 'a\r\nb' }, 1n)],
  },
];
