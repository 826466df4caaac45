import { describe, expect, test } from 'bun:test';
import { CompletionContext } from '@codemirror/autocomplete';
import { syntaxTreeAvailable } from '@codemirror/language';
import { EditorState } from '@codemirror/state';
import {
  LanguageType,
  newCompleteStrategy,
  PromQLExtension,
  promQLLanguage,
  // What browsers get: the package's main file would bring a second @codemirror/state.
} from '@prometheus-io/codemirror-promql/dist/esm/index.js';
import type { LabelQuestion } from '../../builder/label-values.ts';
import { CompletionClient } from './completion-client.ts';

const MEASUREMENTS = [
  {
    name: 'cpu',
    fields: [
      { name: 'usage', type: 'float', metric: 'cpu_usage' },
      { name: 'model', type: 'string', metric: 'cpu_model' },
    ],
    tagKeys: ['host', 'cpu'],
    seriesCount: 2,
    newestMs: null,
    lastWriteMs: null,
  },
] as const;

/** The editor's state of a text, read to its end: in one go it reads for 20 ms, which on a busy machine may be too short for anything. */
function parsed(text: string): EditorState {
  const extensions = new PromQLExtension().asExtension();
  for (;;) {
    const state = EditorState.create({ doc: text, extensions });
    if (syntaxTreeAvailable(state)) return state;
  }
}

/** What is offered at the bar in a text, and which values that took. */
async function complete(marked: string) {
  const position = marked.indexOf('¦');
  const text = marked.replace('¦', '');
  const asked: LabelQuestion[] = [];
  const { parser } = promQLLanguage(LanguageType.PromQL);
  const client = new CompletionClient({
    db: () => 'demo',
    measurements: () => MEASUREMENTS,
    nodeName: (id) => parser.nodeSet.types[id]?.name,
    fetchValues: async (question) => {
      asked.push(question);
      return ['a', 'b'];
    },
  });
  const strategy = newCompleteStrategy({ remote: client });
  const state = parsed(text);
  const result = await strategy.promQL(new CompletionContext(state, position, true));
  return { offered: result?.options.map(({ label }) => label) ?? [], asked };
}

describe('the completion of PromQL', () => {
  test('metrics and functions - are offered, text fields are not', async () => {
    const { offered } = await complete('sum(cpu¦)');
    expect(offered).toContain('cpu_usage');
    expect(offered).toContain('rate');
    expect(offered).not.toContain('cpu_model');
  });

  test('labels - are those of the metric', async () => {
    expect((await complete('cpu_usage{¦}')).offered).toEqual(['cpu', 'host']);
    expect((await complete('other{¦}')).offered).toEqual([]);
    expect((await complete('sum by (¦)')).offered).toEqual(['cpu', 'host']);
  });

  test('values - are those of what the other matchers leave', async () => {
    const { offered, asked } = await complete('cpu_usage{cpu!~"1|2",host="¦"}');
    expect(offered).toEqual(['a', 'b']);
    expect(asked).toEqual([{ db: 'demo', label: 'host', selector: 'cpu_usage{"cpu"!~"1|2"}' }]);
  });

  test('values without a metric - are all of them', async () => {
    const { asked } = await complete('{host="¦"}');
    expect(asked).toEqual([{ db: 'demo', label: 'host', selector: '{host!=""}' }]);
  });
});
