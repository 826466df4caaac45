import { type Case, error, m, unsigned } from './case.ts';

export const FIELDS: readonly Case[] = [
  {
    name: 'all types in one line',
    body: 'm a=1.5,b=-2i,c=3u,d=true,e="x" 9',
    points: [m({ a: 1.5, b: -2n, c: unsigned(3n), d: true, e: 'x' }, 9n)],
  },
  {
    name: 'the same fields in another order',
    body: 'm a=1,b=2i 1\nm b=4i,a=3 2\nm a=5,b=6i 3\n',
    points: [m({ a: 1, b: 2n }, 1n), m({ a: 3, b: 4n }, 2n), m({ a: 5, b: 6n }, 3n)],
  },
  {
    name: 'other sets of fields',
    body: 'm a=1,b=2 1\nm a=3 2\nm b=4 3\nm a=5,b=6 4\n',
    points: [m({ a: 1, b: 2 }, 1n), m({ a: 3 }, 2n), m({ b: 4 }, 3n), m({ a: 5, b: 6 }, 4n)],
  },
  {
    name: 'a field twice, the last wins',
    body: 'm a=1,b=2,a=3 1',
    points: [m({ a: 3, b: 2 }, 1n)],
  },
  {
    name: 'a string twice, the last wins',
    body: 'm a="one",b=2,a="three" 1',
    points: [m({ a: 'three', b: 2 }, 1n)],
  },
  {
    name: 'an older value of the same point in other fields',
    body: 'm a=1 1\nm a=2,b=2 1\nm a=3 1\nm a=4 1\nm a=5,b=5 1\nm a=6 1\n',
    points: [
      m({ a: 1 }, 1n),
      m({ a: 2, b: 2 }, 1n),
      m({ a: 3 }, 1n),
      m({ a: 4 }, 1n),
      m({ a: 5, b: 5 }, 1n),
      m({ a: 6 }, 1n),
    ],
  },
  {
    name: 'type conflict with a defined field',
    defined: { m: { f: 'integer' } },
    body: 'm f=1i 1\nm f=1 2\nm f=2i 3\n',
    points: [m({ f: 1n }, 1n), m({ f: 2n }, 3n)],
    errors: [error('type-conflict', 2, 'field "f" of measurement "m" is integer, not float')],
  },
  {
    name: 'type conflict with an earlier line',
    body: 'm f="x" 1\nm f=1 2\nm f=true 3\nm f=1u 4\n',
    points: [m({ f: 'x' }, 1n)],
    errors: [error('type-conflict', 2), error('type-conflict', 3), error('type-conflict', 4)],
  },
  {
    name: 'type conflict within a line',
    body: 'm f=1,f=2i 1\nm f=3i 2\n',
    points: [m({ f: 3n }, 2n)],
    errors: [error('type-conflict', 1)],
  },
  {
    name: 'a line that is rejected defines nothing',
    body: 'm a=1,b=bad 1\nm c=1i 2 x\nm a=1i,b=2i,c=3u 3\n',
    points: [m({ a: 1n, b: 2n, c: unsigned(3n) }, 3n)],
    errors: [error('invalid-value', 1), error('invalid-timestamp', 2)],
  },
  {
    name: 'the same field of two measurements',
    body: 'm f=1 1\nn f=1i 1\n',
    points: [m({ f: 1 }, 1n), { measurement: 'n', fields: { f: 1n }, time: 1n }],
  },
];
