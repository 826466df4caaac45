import { badLine, type Case, m } from './case.ts';

export const NAMES: readonly Case[] = [
  {
    name: 'escapes in a measurement',
    body: 'a\\ b\\,c\\=d=e f=1 1',
    points: [{ measurement: 'a b,c\\=d=e', fields: { f: 1 }, time: 1n }],
  },
  {
    name: 'escapes in tags',
    body: 'm,t\\ a\\,g\\==v\\ a\\,l\\= f=1 1',
    points: [{ measurement: 'm', tags: { 't a,g=': 'v a,l=' }, fields: { f: 1 }, time: 1n }],
  },
  {
    name: 'escapes in a field key',
    body: 'm f\\ i\\,e\\=ld=1 1',
    points: [m({ 'f i,e=ld': 1 }, 1n)],
  },
  {
    name: 'any other backslash is literal',
    body: 'm\\x,t\\y=v\\z f\\w="a\\b" 1',
    points: [
      { measurement: 'm\\x', tags: { 't\\y': 'v\\z' }, fields: { 'f\\w': 'a\\b' }, time: 1n },
    ],
  },
  {
    name: 'two backslashes stay two in names and tags',
    body: 'm\\\\a,t\\\\b=v\\\\c f\\\\d=1 1',
    points: [
      { measurement: 'm\\\\a', tags: { 't\\\\b': 'v\\\\c' }, fields: { 'f\\\\d': 1 }, time: 1n },
    ],
  },
  {
    name: 'a second backslash escapes what follows',
    body: 'm\\\\,x f=1 1',
    points: [{ measurement: 'm\\,x', fields: { f: 1 }, time: 1n }],
  },
  {
    name: 'quotes are ordinary outside of values',
    body: '"m",t"=v" "f"=1 1',
    points: [{ measurement: '"m"', tags: { 't"': 'v"' }, fields: { '"f"': 1 }, time: 1n }],
  },
  {
    name: 'an escaped equals sign before a quote does not open a string',
    body: 'm a\\="b=1 1\nm f="x" 2',
    points: [m({ 'a="b': 1 }, 1n), m({ f: 'x' }, 2n)],
  },
  {
    name: 'names that only look special',
    body: 'm,time=1,_field=2,_measurement=3 time=1,_x=2 1',
    points: [
      {
        measurement: 'm',
        tags: { time: '1', _field: '2', _measurement: '3' },
        fields: { time: 1, _x: 2 },
        time: 1n,
      },
    ],
  },
  {
    name: 'characters beyond ASCII',
    body: 'größe,ort=Köln,日本=語 wert="日本語 🎉",é=1 1',
    points: [
      {
        measurement: 'größe',
        tags: { ort: 'Köln', 日本: '語' },
        fields: { wert: '日本語 🎉', é: 1 },
        time: 1n,
      },
    ],
  },
  {
    name: 'keys sort by bytes, not by characters',
    body: 'm,\u{ffff}=1,\u{1f389}=2,z=3,Z=4 f=1 1',
    points: [
      {
        measurement: 'm',
        tags: { Z: '4', z: '3', '\u{ffff}': '1', '\u{1f389}': '2' },
        fields: { f: 1 },
        time: 1n,
      },
    ],
  },
  {
    name: 'names of 15, 16, 17, 32 and 33 bytes',
    body: `m ${[15, 16, 17, 32, 33].map((n) => `${'n'.repeat(n)}=${n}`).join(',')} 1`,
    points: [m(Object.fromEntries([15, 16, 17, 32, 33].map((n) => ['n'.repeat(n), n])), 1n)],
  },
  badLine('empty tag key', 'm,=v f=1', 'missing-tag-key'),
  badLine('tag without equals sign', 'm,t f=1', 'missing-tag-value', 't'),
  badLine('empty tag value', 'm,t= f=1', 'missing-tag-value', 't'),
  badLine('empty tag value before another tag', 'm,t=,u=w f=1', 'missing-tag-value', 't'),
  badLine('two commas between tags', 'm,t=v,,u=w f=1', 'missing-tag-key'),
  badLine('comma behind the tags', 'm,t=v, f=1', 'missing-tag-key'),
  badLine('equals sign in a tag value', 'm,t=a=b f=1', 'invalid-tag-value', 't'),
  badLine('the same tag twice', 'm,t=a,u=x,t=b f=1', 'duplicate-tag', 't'),
  badLine('the same tag and value twice', 'm,t=a,t=a f=1', 'duplicate-tag', 't'),
  badLine('no field key', 'm =1', 'missing-field-key'),
  badLine('comma before the first field', 'm ,f=1', 'missing-field-key'),
  badLine('comma behind the fields', 'm f=1,', 'missing-field-key'),
  badLine('comma behind the fields, a timestamp', 'm f=1, 1', 'missing-field-key'),
  badLine('two commas between fields', 'm f=1,,g=2', 'missing-field-key'),
  badLine('field without equals sign', 'm f', 'missing-field-value', 'f'),
  badLine('field without value', 'm f= 1', 'missing-field-value', 'f'),
  badLine('field without value before another one', 'm f=,g=1', 'missing-field-value', 'f'),
];
