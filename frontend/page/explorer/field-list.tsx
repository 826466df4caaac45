import type { CatalogueField } from '../catalogue/catalogue.ts';
import { isPickable } from '../catalogue/tree.ts';
import { metricSelector } from '../expression/metric-selector.ts';

interface FieldListProps {
  readonly fields: readonly CatalogueField[];
  /** What is drawn. */
  readonly exprs: readonly string[];
  readonly onPick: (metric: string) => void;
}

/** The fields with their types; a press draws one. */
export function FieldList({ fields, exprs, onPick }: FieldListProps) {
  return (
    <section class="explorer-part">
      <h3>Fields</h3>
      <ul class="explorer-list">
        {fields.map((field) => (
          <li key={field.name}>
            <button
              type="button"
              data-testid={`explorer-field:${field.name}`}
              aria-pressed={exprs.includes(metricSelector(field.metric))}
              disabled={!isPickable(field)}
              title={isPickable(field) ? `Draw ${field.metric}` : 'Text can’t be drawn.'}
              onClick={() => onPick(field.metric)}
            >
              <span>{field.name}</span>
              <span class="explorer-count">{field.type}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
