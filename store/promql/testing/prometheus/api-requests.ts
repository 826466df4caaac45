/** Requests to the HTTP API: paths and parameters in their own words, to be escaped. */

const AT = 'time=1700000100';
const RANGE = 'start=1700000000&end=1700000060&step=10';

const expressions = (...texts: readonly string[]) =>
  texts.map((text) => `/query?query=${text}&${AT}`);

/** Both answer the same, errors with the same status, type and words. */
export const SAME_ANSWERS: readonly string[] = [
  ...['', '?match[]=disk_free', '?match[]=nothing'].map((parameters) => `/labels${parameters}`),
  '/label/host/values',
  '/label/host/values?match[]={region="us"}',
  '/label/__name__/values',
  '/label/nothing/values',
  '/series?match[]=edge',
  '/series?match[]=disk_free{host=~"host-[01]"}',
  '/series?match[]=edge&match[]=young',
  '/metadata?metric=nothing',
  '/metadata?limit=abc',
  '/metadata?limit=0',
  '/format_query?query=foo/bar',
  '/format_query?query=sum by(a)(rate(foo{b="c"}[5m]))',
  '/format_query?query=foo /',
  `/query_exemplars?query=edge&${RANGE}`,
  '/query?query=edge&time=2023-11-14T22:15:00Z',
  '/query?query=edge&time=2023-11-14T22:15:00.25+02:00',
  '/query?query=edge&time=-1',
  '/query?query=1.5&time=1700000000.001',
  '/query?query=nothing&time=1700000000',
  '/query?query="a \\"b\\" ☃"&time=1700000000',
  ...['1', 'nothing', 'edge', 'sum(disk_free)', 'vector(-0)', 'time()', '-edge'].map(
    (text) => `/query_range?query=${text}&${RANGE}`,
  ),
  '/query_range?query=edge&start=1700000000&end=1700000020&step=1m',
  '/query_range?query=edge&start=1700000000&end=1700000000&step=1',
  '/query_range?query=vector(1)&start=1700000000&end=1700011000&step=1',
  ...expressions(
    ...[
      '1',
      '-0',
      'NaN',
      '-Inf',
      'inf',
      '1e300*1e10',
      '1e-7',
      '1e21',
      '-1.5e22',
      '123456789012345678',
    ],
    ...['vector(1e-7)', 'vector(1e21)', 'vector(123456789012345678)', 'sinh(vector(710))'],
    ...[
      '- - 1',
      '2 ^ -1',
      '-2 ^ 2',
      '-1 ^ 2 ^ 3',
      '--edge',
      '0x1F',
      '1 == bool 1',
      'edge[30s:10s] offset 1s',
    ],
    ...[
      'edge # comment',
      'edge{}',
      'edge{job=""}',
      '{__name__=~"ed.*"}',
      'edge offset -5s',
      'sum(+edge)',
    ],
    ...['quantile(2, edge)', 'quantile(-1, edge)', 'absent(nothing{a="b",c=~"d"})', 'edge @ end()'],
  ),
  // What is wrong with a text.
  ...expressions(
    ...['foo bar', 'foo +', 'rate(foo)', 'rate(foo[5m], 1)', 'nofunc(foo)'],
    ...['sum(foo, 1)', 'topk(foo)', 'topk("a", foo)', 'quantile("a", foo)', 'count_values(1, foo)'],
    ...['foo + "a"', '"a" + "b"', '1 == 2', 'foo + bool bar', '-"a"', 'foo[5m] @ start() @ end()'],
    ...['foo offset 5m offset 5m', 'sum(foo[5m])', 'sum(foo) offset 5m', 'sum(foo)[5m:] + 1'],
    ...['{}', '{a=""}', '{a=~".*"}', 'foo{__name__="bar"}', 'histogram_quantile("a", foo)'],
    ...[
      'round()',
      'round(foo, 1, 2)',
      'clamp(foo)',
      'vector(foo)',
      'scalar(1)',
      'time(1)',
      'absent()',
    ],
    ...[
      '"abc',
      '2 ^',
      '=',
      'foo = bar',
      'exp(1)',
      'ln("a")',
      'timestamp(edge[1m])',
      'sort_desc(1)',
    ],
    ...['absent_over_time(edge)', 'quantile_over_time(edge[1m])', 'predict_linear(edge[1m])'],
  ),
  '/label/host/values?match[]=cpu{',
  ...expressions(
    ...[
      'cpu{',
      'foo{a="b"',
      'sum(',
      '(foo',
      'sum(sum(sum(foo)',
      'foo[5m',
      'foo[5m:',
      'rate(foo[5m',
    ],
    ...['^2', 'foo bool bar', 'foo on(a) bar', 'ignoring(a) foo', 'foo + on(a) on(b) bar'],
    'sum by (le) (foo) by (a)',
  ),
  // What the samples have no answer to.
  ...expressions(
    'label_replace(disk_free, "host", "x", "", "")',
    'disk_free{host=~"host-[12]"} * on(region) group_right edge',
  ),
];

export interface OtherAnswers {
  readonly why: string;
  /** Absent: status and type of error are the same all the same. */
  readonly isOtherStatus?: boolean;
  /** The release of Prometheus that changed it; absent: it was none. */
  readonly changedIn?: string;
  readonly requests: readonly string[];
}

/** Each of them differs, or the exception is needed no longer. */
export const OTHER_ANSWERS: readonly OtherAnswers[] = [
  {
    why: 'UTF-8 names: any text is the name of a label (3.0, migration guide)',
    isOtherStatus: true,
    changedIn: '3.0',
    requests: [
      '/label/0host/values',
      ...expressions(
        'count_values("a b", edge)',
        'label_replace(edge, "a-b", "x", "", "")',
        'label_join(edge, "a-b", "-", "__name__")',
        'label_join(edge, "a", "x", "b c")',
      ),
    ],
  },
  {
    why: 'numbers are durations and durations numbers (prometheus/prometheus#9138)',
    isOtherStatus: true,
    changedIn: '3.0',
    requests: expressions('5m', 'edge offset 5', 'edge[60]'),
  },
  {
    why: 'holt_winters is double_exponential_smoothing, which is experimental (3.0, migration guide)',
    isOtherStatus: true,
    changedIn: '3.0',
    requests: expressions('holt_winters(edge[5m], 2, 0.5)'),
  },
  {
    why: 'parse_query came with 3.0',
    isOtherStatus: true,
    changedIn: '3.0',
    requests: ['/parse_query?query=foo'],
  },
  {
    why: 'a version of Prometheus, and Overseer’s; how they were built is not told',
    requests: ['/status/buildinfo'],
  },
  {
    why: 'what is known of metrics are fields and measurements; of the database, its series and not its memory',
    requests: ['/metadata', '/status/tsdb'],
  },
  {
    why: 'the label index knows series, not when they had samples',
    requests: ['/labels?start=1600000000&end=1600000001'],
  },
  {
    why: 'an end before its start is a mistake wherever it stands, a limit that is no number too, and times are those that Date knows',
    isOtherStatus: true,
    requests: [
      '/labels?start=1700000000&end=1600000000',
      '/series?match[]=edge&start=1700000300&end=1700000000',
      '/query?query=edge&time=1e30',
      '/query?query=edge&limit=abc',
    ],
  },
  {
    why: 'an invalid pattern is told before anything is read, so as a mistake in the expression',
    isOtherStatus: true,
    requests: expressions('label_replace(edge, "a", "x", "", "(")'),
  },
  {
    why: 'what is wrong with a parameter: its name, what it was, and what is valid',
    requests: [
      '/query',
      '/query?query=',
      '/format_query',
      '/query_exemplars',
      '/series',
      '/series?match[]=edge&start=abc',
      '/labels?start=abc',
      '/query?query=edge&time=abc',
      '/query?query=edge&timeout=abc',
      '/query?query=edge&timeout=-1s',
      '/query_range?query=edge',
      '/query_range?query=edge&start=abc&end=1&step=1',
      '/query_range?query=edge&start=1&end=abc&step=1',
      '/query_range?query=edge&start=1700000000&end=1700000060',
      '/query_range?query=edge&start=1700000000&end=1700000060&step=abc',
      '/query_range?query=edge&start=1700000000&end=1700000060&step=0',
      '/query_range?query=edge&start=1700000000&end=1700000060&step=-5',
      '/query_range?query=edge&start=1700000000&end=1700000060&step=0.0001',
      '/query_range?query=edge&start=1700000060&end=1700000000&step=10',
      '/query_range?query=edge&start=1700000000&end=1700011001&step=1',
      `/query_exemplars?query=edge&start=1700000200&end=1700000100`,
    ],
  },
  {
    why: 'selectors are told where they are wrong, as expressions are',
    requests: ['/labels?match[]={}', '/series?match[]={host=""}', '/labels?match[]=rate(edge[1m])'],
  },
  {
    why: 'the position of what is wrong: of an operator rather than its left side, of a range that has one too many rather than the end of the text',
    requests: [
      `/query_range?query=edge[5m]&${RANGE}`,
      `/query_range?query="x"&${RANGE}`,
      ...expressions(
        ...['foo and 1', '1 and 2', 'foo and on(host) group_left bar', '1 + on(host) 2'],
        ...[
          'foo + on(host) group_left(host) bar',
          'foo @ 1e300',
          '(foo)[5m]',
          'foo[5m][5m]',
          'sum(foo)[5m]',
        ],
        ...['foo{a=~"("}', 'foo[5x]', 'foo[5m1h]', 'foo)', 'topk(NaN, edge)', 'topk(1e30, edge)'],
      ),
    ],
  },
  {
    why: 'the words of a lexer or a grammar that is another: what is out of place is quoted, and not what it is out of place in',
    requests: expressions(
      ...[
        'foo{a=b}',
        'foo offset',
        'foo{a~"b"}',
        'foo[]',
        'sum()',
        '!foo',
        'foo @ abc',
        'foo @ start',
      ],
      ...[
        'foo{,}',
        'sum by (a b) (foo)',
        'sum by a (foo)',
        'by (a) sum(foo)',
        'foo{a="\\x"}',
        '0x',
      ],
      ...[
        '1e',
        'foo[-5m]',
        'sum without () foo',
        'foo =~ "a"',
        'é',
        'foo{é="a"}',
        'foo.bar',
        'foo + on bar',
      ],
      '# only',
    ),
  },
];
