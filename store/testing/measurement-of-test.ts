import { afterAll, beforeAll, beforeEach } from 'bun:test';
import type { Table } from '../catalogue.ts';
import { StoredPoints } from './stored-points.ts';
import { float, type Point } from './test-ingress.ts';

/** What the tests of a file have together, and what each has of its own. */
export interface MeasurementOfTest {
  /** One PostgreSQL for all tests. */
  readonly stored: StoredPoints;
  /** Of the test, in the database `db`. */
  readonly measurement: string;
  /** A point of it, or of another measurement. */
  point(timeNs: bigint, measurement?: string): Point;
  /** Its table, or that of another measurement. */
  table(measurement?: string): Table;
}

/** For files whose tests each want a measurement that no other test has. */
export function measurementOfTest(): MeasurementOfTest {
  let stored: StoredPoints | undefined;
  let measurements = 0;
  beforeAll(async () => {
    stored = await StoredPoints.start();
  });
  afterAll(() => stored?.stop());
  beforeEach(() => {
    measurements++;
  });
  const own: MeasurementOfTest = {
    get stored() {
      if (!stored) throw new Error('PostgreSQL is there while tests run');
      return stored;
    },
    get measurement() {
      return `m${measurements}`;
    },
    point: (timeNs, measurement = own.measurement) => ({
      database: 'db',
      measurement,
      tags: {},
      fields: { f: float(1) },
      timeNs,
    }),
    table: (measurement = own.measurement) => own.stored.table({ database: 'db', measurement }),
  };
  return own;
}
