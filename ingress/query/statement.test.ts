import { expect, test } from 'bun:test';
import { readStatements } from './statement.ts';

/** The name that a statement creates. */
function created(query: string): string | undefined {
  const [statement] = readStatements(query);
  return statement?.kind === 'create-database' ? statement.database : undefined;
}

test('statements - CREATE DATABASE, with names bare, quoted and escaped', () => {
  expect(created('CREATE DATABASE telegraf')).toBe('telegraf');
  expect(created('create database "my db";')).toBe('my db');
  expect(created('CREATE DATABASE IF NOT EXISTS "x"')).toBe('x');
  expect(created(String.raw`CREATE DATABASE "a\"b\\c\nd"`)).toBe('a"b\\c\nd');
  expect(created('CREATE DATABASE übung')).toBe('übung');
  expect(created('CREATE -- a comment\n/* and another */ DATABASE "; DROP"')).toBe('; DROP');
  expect(created('CREATE DATABASE "CREATE"')).toBe('CREATE');
});

test('statements - SHOW, with their databases and limits', () => {
  expect(readStatements('SHOW DATABASES')).toEqual([{ kind: 'show-databases' }]);
  expect(readStatements('show measurements')).toMatchObject([
    { kind: 'show-measurements', database: undefined, limit: Infinity, offset: 0 },
  ]);
  expect(readStatements('SHOW MEASUREMENTS ON "d b" LIMIT 10 OFFSET 5')).toEqual([
    { kind: 'show-measurements', database: 'd b', limit: 10, offset: 5 },
  ]);
  expect(readStatements('SHOW RETENTION POLICIES ON db')).toEqual([
    { kind: 'show-retention-policies', database: 'db' },
  ]);
});

test('statements - several stand between semicolons, which quotes and patterns may hold', () => {
  const query = `SHOW DATABASES;; DROP DATABASE "a;b"; SELECT ';"' FROM m WHERE h =~ /;'\\/x/; SHOW DATABASES;`;
  expect(readStatements(query)).toEqual([
    { kind: 'show-databases' },
    { kind: 'drop-database', database: 'a;b' },
    { kind: 'other', text: `SELECT ';"' FROM m WHERE h =~ /;'\\/x/` },
    { kind: 'show-databases' },
  ]);
});

test('statements - what would not be kept or filtered is not taken for less', () => {
  for (const query of [
    'CREATE DATABASE d WITH DURATION 3d',
    'SHOW MEASUREMENTS WITH MEASUREMENT =~ /c.*/ LIMIT 5',
    'SELECT mean(f) FROM m WHERE time > now() - 1h GROUP BY time(1m)',
    'DROP RETENTION POLICY p ON d',
    'CREATE RETENTION POLICY p ON d DURATION 1d REPLICATION 1',
  ]) {
    expect(readStatements(query)).toEqual([{ kind: 'other', text: query }]);
  }
  expect(readStatements(`SELECT ${'x'.repeat(200)}`)).toEqual([
    { kind: 'other', text: `SELECT ${'x'.repeat(93)}…` },
  ]);
});

test('statements - what drops and deletes, by names bare and quoted', () => {
  expect(readStatements('drop measurement cpu; DROP MEASUREMENT "c \\"pu"')).toEqual([
    { kind: 'drop-measurement', measurement: 'cpu' },
    { kind: 'drop-measurement', measurement: 'c "pu' },
  ]);
  for (const query of ['DROP SERIES FROM cpu', "delete from cpu where host = 'a'"]) {
    expect(readStatements(query)).toEqual([{ kind: 'delete', text: query }]);
  }
});

test('statements - what can’t be read says where it stops', () => {
  for (const [query, message] of [
    ['CREATE DATABASE', 'found the end, expected a name at line 1, char 16'],
    ['CREATE DATABASE ;', 'found the end, expected a name at line 1, char 17'],
    ["CREATE DATABASE 'd'", 'found d, expected a name at line 1, char 17'],
    ['CREATE DATABASE d e', 'found e, expected ; or the end at line 1, char 19'],
    ['SHOW MEASUREMENTS LIMIT 1s', 'found 1s, expected a whole number at line 1, char 25'],
    ['SHOW\nDATABASES ON d', 'found ON, expected ; or the end at line 2, char 11'],
    ['CREATE DATABASE "d', 'the quote " is not closed at line 1, char 17'],
    ['SHOW /* all', 'the comment /* is not closed at line 1, char 6'],
    [' ; ', 'no statement at line 1, char 4'],
    ['SHOW DATABASES;'.repeat(11), 'more statements than 10 at line 1, char 151'],
  ] as const) {
    expect(() => readStatements(query)).toThrow(`error parsing query: ${message}`);
  }
});

test('statements - long nonsense takes no long time', () => {
  const nonsense = ['"', "'", '/', '\\', '--', '/*', '/* ', '=~ /', 'a ', '1', '\0', '\ud800'];
  for (const part of nonsense) {
    try {
      readStatements(part.repeat(60_000 / part.length));
    } catch (error) {
      expect(String(error)).toContain('error parsing query');
    }
  }
});
