import { badLine, bytes, type Case, error, m } from './case.ts';

export const BYTES: readonly Case[] = [
  ...[
    ['a lone continuation byte', [0x80]],
    ['a cut two-byte character', [0xc3]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['an overlong three-byte character', [0xe0, 0x9f, 0xbf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['an overlong four-byte character', [0xf0, 0x8f, 0xbf, 0xbf]],
    ['beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['a byte that UTF-8 never has', [0xff]],
  ].flatMap(([name, sequence]): Case[] => {
    const bad = sequence as number[];
    const points = [m({ ok: 1 }, 2n)];
    const errors = [error('invalid-utf8')];
    const rest = '\nm ok=1 2';
    return [
      {
        name: `${name} in a measurement`,
        body: bytes('m', ...bad, ' f=1 1', rest),
        points,
        errors,
      },
      {
        name: `${name} in a tag value`,
        body: bytes('m,t=v', ...bad, ' f=1 1', rest),
        points,
        errors,
      },
      { name: `${name} in a field key`, body: bytes('m f', ...bad, '=1 1', rest), points, errors },
      {
        name: `${name} in a string`,
        body: bytes('m f="0123456789abcdef', ...bad, '" 1', rest),
        points,
        errors,
      },
      {
        name: `${name} at the start of a string`,
        body: bytes('m f="', ...bad, 'x" 1', rest),
        points,
        errors,
      },
    ];
  }),
  {
    name: 'the longest and the shortest characters of every length',
    body: 'm f="\u0001\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff\u{10000}\u{10ffff}" 1',
    points: [m({ f: '\u0001\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff\u{10000}\u{10ffff}' }, 1n)],
  },
  badLine('NUL in a measurement', 'm\0 f=1', 'nul'),
  badLine('NUL in a tag key', 'm,t\0=v f=1', 'nul'),
  badLine('NUL in a tag value', 'm,t=\0 f=1', 'nul'),
  badLine('NUL in a field key', 'm f\0=1', 'nul'),
  badLine('NUL in a string', 'm f="a\0b"', 'nul'),
  badLine('NUL in a number', 'm f=1\0', 'invalid-value'),
  {
    name: 'bytes of comments do not matter',
    body: bytes('# ', 0xff, 0, 0xc0, '\nm f=1 1\n'),
    points: [m({ f: 1 }, 1n)],
  },
];
