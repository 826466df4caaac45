import { badLine, type Case, error, m, NOW_NS } from './case.ts';

const INT64_MAX = 2n ** 63n - 1n;

export const TIMES: readonly Case[] = [
  { name: 'time 0 is the epoch', body: 'm f=1 0', points: [m({ f: 1 }, 0n)] },
  { name: 'negative time', body: 'm f=1 -1', points: [m({ f: 1 }, -1n)] },
  {
    name: 'least and greatest time',
    body: 'm f=1 -9223372036854775808\nm f=2 9223372036854775807\n',
    points: [m({ f: 1 }, -(2n ** 63n)), m({ f: 2 }, 2n ** 63n - 1n)],
  },
  ...[1, 7, 8, 9, 15, 16, 17, 18, 19].map(
    (digits): Case => ({
      name: `time of ${digits} digits`,
      body: `m f=1 ${'1234567890123456789'.slice(0, digits)}`,
      points: [m({ f: 1 }, BigInt('1234567890123456789'.slice(0, digits)))],
    }),
  ),
  {
    name: 'time with leading zeros',
    body: 'm f=1 0000000000000000000000001',
    points: [m({ f: 1 }, 1n)],
  },
  { name: 'no time: now', body: 'm f=1', points: [m({ f: 1 }, NOW_NS)] },
  {
    name: 'no time: now, cut to the precision',
    precision: 1_000_000_000n,
    body: 'm f=1',
    points: [m({ f: 1 }, 1_700_000_000_000_000_000n)],
  },
  {
    name: 'milliseconds',
    precision: 1_000_000n,
    body: 'm f=1 1700000000123',
    points: [m({ f: 1 }, 1_700_000_000_123_000_000n)],
  },
  {
    name: 'hours',
    precision: 3_600_000_000_000n,
    body: 'm f=1 -2',
    points: [m({ f: 1 }, -7_200_000_000_000n)],
  },
  {
    name: 'greatest second',
    precision: 1_000_000_000n,
    body: 'm f=1 9223372036\nm f=2 -9223372036\n',
    points: [m({ f: 1 }, 9_223_372_036_000_000_000n), m({ f: 2 }, -9_223_372_036_000_000_000n)],
  },
  {
    name: 'automatic precision',
    precision: 0n,
    body: 'm f=1 4999999999\nm f=2 5000000000\nm f=3 4999999999999\nm f=4 5000000000000\nm f=5 4999999999999999\nm f=6 5000000000000000\nm f=7 -1\nm f=8',
    points: [
      m({ f: 1 }, 4_999_999_999_000_000_000n),
      m({ f: 2 }, 5_000_000_000_000_000n),
      m({ f: 3 }, 4_999_999_999_999_000_000n),
      m({ f: 4 }, 5_000_000_000_000_000n),
      m({ f: 5 }, 4_999_999_999_999_999_000n),
      m({ f: 6 }, 5_000_000_000_000_000n),
      m({ f: 7 }, -1_000_000_000n),
      m({ f: 8 }, NOW_NS),
    ],
  },
  {
    name: 'seconds that overflow nanoseconds',
    precision: 1_000_000_000n,
    body: 'm f=1 9223372037\nm f=2 -9223372037\nm f=3 1',
    points: [m({ f: 3 }, 1_000_000_000n)],
    errors: [error('timestamp-out-of-range', 1, '9223372037'), error('timestamp-out-of-range', 2)],
  },
  ...(
    [
      ['microseconds', 1000n],
      ['milliseconds', 1_000_000n],
      ['seconds', 1_000_000_000n],
      ['minutes', 60_000_000_000n],
      ['hours', 3_600_000_000_000n],
    ] as const
  ).flatMap(([name, precision]): Case[] => [
    {
      name: `${name}, before and after 1970`,
      precision,
      body: 'm f=1 -90\nm f=2 90\nm f=3',
      points: [
        m({ f: 1 }, -90n * precision),
        m({ f: 2 }, 90n * precision),
        m({ f: 3 }, NOW_NS - (NOW_NS % precision)),
      ],
    },
    {
      name: `${name} at the limits of nanoseconds`,
      precision,
      body: `m f=1 ${INT64_MAX / precision}\nm f=2 ${INT64_MAX / precision + 1n}\nm f=3 ${-INT64_MAX / precision - 1n}`,
      points: [m({ f: 1 }, INT64_MAX - (INT64_MAX % precision))],
      errors: [error('timestamp-out-of-range', 2), error('timestamp-out-of-range', 3)],
    },
  ]),
  {
    name: 'times at their bounds and beyond',
    oldestNs: 1_000_000_000n,
    newestNs: 2_000_000_000n,
    body: 'm f=1 1000000000\nm f=2 999999999\nm f=3 2000000000\nm f=4 2000000001\nm f=5 -5\nm f=6 1500000000\nm f=7 1500000000\nm f=8 2000000001\nm f=9',
    points: [
      m({ f: 1 }, 1_000_000_000n),
      m({ f: 3 }, 2_000_000_000n),
      m({ f: 6 }, 1_500_000_000n),
      m({ f: 7 }, 1_500_000_000n),
      // The server's own time is never refused.
      m({ f: 9 }),
    ],
    errors: [
      error('timestamp-too-old', 2, '"999999999" is before 1970-01-01T00:00:01.000Z'),
      error('timestamp-too-new', 4, '"2000000001" is after 1970-01-01T00:00:02.000Z'),
      error('timestamp-too-old', 5, 'TIMES_BEHIND_MAX'),
      error('timestamp-too-new', 8, 'TIMES_AHEAD_MAX'),
    ],
  },
  {
    name: 'a time beyond its bounds in another precision',
    precision: 1_000_000_000n,
    newestNs: NOW_NS,
    body: 'm f=1 1700000000\nm f=2 1700000001\n',
    points: [m({ f: 1 }, 1_700_000_000_000_000_000n)],
    errors: [error('timestamp-too-new', 2, 'or the precision of the request is another')],
  },
  badLine('time above the greatest', 'm f=1 9223372036854775808', 'timestamp-out-of-range'),
  badLine('time of 20 digits', 'm f=1 12345678901234567890', 'timestamp-out-of-range'),
  badLine('time below the least', 'm f=1 -9223372036854775809', 'timestamp-out-of-range'),
  badLine('time with a fraction', 'm f=1 1.5', 'invalid-timestamp', '1.5'),
  badLine('time with a plus', 'm f=1 +1', 'invalid-timestamp'),
  badLine('time that is a minus', 'm f=1 -', 'invalid-timestamp'),
  badLine('time with a suffix', 'm f=1 1i', 'invalid-timestamp'),
  badLine('a comma behind the time', 'm f=1 1,2', 'invalid-timestamp'),
];
