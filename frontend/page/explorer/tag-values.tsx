import { useSignal } from '@preact/signals';
import { formatCount } from '../format.ts';
import { formatAmount } from './amounts.ts';
import type { TagDetails } from './measurement-details.ts';

/** Values that are told at first, and how many more each time it is asked. */
const VALUES_SHOWN = 12;
const VALUES_MORE = 100;

interface TagValuesProps {
  readonly tag: TagDetails;
  readonly onPick: (value: string) => void;
}

/** A tag with its values, those of most series first; a press adds one to the filters of the query. */
export function TagValues({ tag, onPick }: TagValuesProps) {
  const search = useSignal('');
  const limit = useSignal(VALUES_SHOWN);
  const { key, valueCount, values } = tag;
  const text = search.value.toLowerCase();
  const found = values.filter(({ value }) => value.toLowerCase().includes(text));
  const shown = found.slice(0, limit.value);
  const unknownCount = valueCount - values.length;
  return (
    <section class="explorer-part" data-testid={`tag:${key}`}>
      <h3>
        <code>{key}</code> {formatCount(valueCount, 'value', 'values')}
      </h3>
      {valueCount > VALUES_SHOWN && (
        <input
          type="search"
          class="explorer-search"
          data-testid={`tag-search:${key}`}
          placeholder={`Search values of ${key}`}
          aria-label={`Search values of ${key}`}
          value={search.value}
          onInput={(event) => {
            search.value = event.currentTarget.value;
          }}
        />
      )}
      <ul class="explorer-list">
        {shown.map(({ value, seriesCount }) => (
          <li key={value}>
            <button type="button" title={`Only ${key}=${value}`} onClick={() => onPick(value)}>
              <span>{value}</span>
              <span class="explorer-count" title={formatCount(seriesCount, 'series', 'series')}>
                {formatAmount(seriesCount)}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {found.length > shown.length && (
        <button
          type="button"
          class="explorer-more"
          onClick={() => {
            limit.value += VALUES_MORE;
          }}
        >
          and {formatAmount(found.length - shown.length)} more
        </button>
      )}
      {unknownCount > 0 && (
        <p class="explorer-note">
          {formatCount(unknownCount, 'value', 'values')} of fewer series not listed.
        </p>
      )}
    </section>
  );
}
