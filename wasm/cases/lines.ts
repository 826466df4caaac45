import { badLine, type Case, error, m } from './case.ts';

export const LINES: readonly Case[] = [
  { name: 'empty body', body: '' },
  { name: 'only a newline', body: '\n' },
  { name: 'no tags', body: 'm f=1 1', points: [m({ f: 1 }, 1n)] },
  {
    name: 'tags, sorted for the key',
    body: 'm,b=2,a=1 f=1 1\n',
    points: [{ measurement: 'm', tags: { a: '1', b: '2' }, fields: { f: 1 }, time: 1n }],
  },
  {
    name: 'tags in another order are the same series',
    body: 'm,b=2,a=1 f=1 1\nm,a=1,b=2 f=2 2\nm,b=2,a=1 f=3 3\n',
    points: [1n, 2n, 3n].map((time) => ({
      measurement: 'm',
      tags: { a: '1', b: '2' },
      fields: { f: Number(time) },
      time,
    })),
  },
  {
    name: 'a key that begins another one',
    body: 'm,service_version=1,service=2,service_environment=3,se=4 f=1 1\n',
    points: [
      {
        measurement: 'm',
        tags: { se: '4', service: '2', service_environment: '3', service_version: '1' },
        fields: { f: 1 },
        time: 1n,
      },
    ],
  },
  {
    name: 'no newline at the end',
    body: 'm f=1 1\nm f=2 2',
    points: [m({ f: 1 }, 1n), m({ f: 2 }, 2n)],
  },
  {
    name: 'CRLF',
    body: 'm f=1 1\r\nm f=2\r\n\r\nm f=3 3\r\n',
    points: [m({ f: 1 }, 1n), m({ f: 2 }), m({ f: 3 }, 3n)],
  },
  { name: 'carriage return at the very end', body: 'm f=1 1\r', points: [m({ f: 1 }, 1n)] },
  { name: 'byte order mark', body: '\ufeffm f=1 1', points: [m({ f: 1 }, 1n)] },
  {
    name: 'byte order mark in the middle is part of the name',
    body: 'm f=1 1\n\ufeffm f=2 2',
    points: [m({ f: 1 }, 1n), { measurement: '\ufeffm', fields: { f: 2 }, time: 2n }],
  },
  {
    name: 'comments and blank lines',
    body: '# one\n\n  \n\t\n  # two = "\nm f=1 1\n#',
    points: [m({ f: 1 }, 1n)],
  },
  {
    name: 'a comment that ends in a backslash does not swallow the next line',
    body: '# one \\\nm f=1 1\n',
    points: [m({ f: 1 }, 1n)],
  },
  { name: 'blanks before a line', body: ' \t m f=1 1', points: [m({ f: 1 }, 1n)] },
  {
    name: 'several spaces between the parts',
    body: 'm   f=1    1   \nm f=2   \n',
    points: [m({ f: 1 }, 1n), m({ f: 2 })],
  },
  { name: 'spaces after the fields, no timestamp', body: 'm f=1  ', points: [m({ f: 1 })] },
  badLine('no fields', 'm', 'missing-fields'),
  badLine('no fields, a space', 'm,t=v ', 'missing-fields'),
  badLine('no measurement', ',t=v f=1', 'missing-measurement'),
  badLine('something after the timestamp', 'm f=1 1 2', 'invalid-timestamp'),
  badLine('fields in two groups', 'm f=1 g=2', 'invalid-timestamp', 'g=2'),
  {
    name: 'several bad lines, each with its own number',
    body: 'bad\nm f=1 1\n\n# comment\nm f=x\r\nm f=1 z\nm f=2 2',
    points: [m({ f: 1 }, 1n), m({ f: 2 }, 2n)],
    errors: [
      error('missing-fields', 1),
      error('invalid-value', 5, 'x'),
      error('invalid-timestamp', 6, 'z'),
    ],
  },
];
