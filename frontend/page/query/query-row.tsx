import { useSignal } from '@preact/signals';
import { ExpressionField } from '../expression/expression-field.tsx';
import { BuilderIcon, CloseIcon, EyeIcon, PlusIcon, TagIcon } from '../icons.tsx';
import { late } from '../late.tsx';
import type { Panel } from '../panel/panel.ts';
import { LegendField } from './legend-field.tsx';
import type { QueryDraft, QueryEditing } from './query-editing.ts';
import { QueryError, SeriesCount } from './query-outcome.tsx';

const Builder = late(async () => (await import('../builder/builder.tsx')).Builder);

interface QueryRowProps {
  readonly panel: Panel;
  readonly editing: QueryEditing;
  readonly draft: QueryDraft;
  /** Its place in the panel. */
  readonly index: number;
  /** There is no other. */
  readonly isAlone: boolean;
  /** The next one comes after it. */
  readonly isLast: boolean;
  readonly onRemove: () => void;
}

/** One query: what it is called by, its expression, what has come of it, and what its series are called. */
export function QueryRow({
  panel,
  editing,
  draft,
  index,
  isAlone,
  isLast,
  onRemove,
}: QueryRowProps) {
  const { letter, legend, isHidden } = draft.drawn.value;
  const isLegendOpen = useSignal(false);
  const isBuilderOpen = useSignal(false);
  const hasLegend = isLegendOpen.value || legend !== '';
  const isNew = draft.isNew.value;
  const result = isNew ? undefined : panel.resultOf(letter);
  return (
    <li class="query" data-testid={`query:${letter}`} data-hidden={isHidden}>
      <div class="query-line">
        {!isAlone && (
          <>
            <span class="query-letter">{letter}</span>
            <EyeButton
              letter={letter}
              isHidden={isHidden}
              isDisabled={isNew}
              onToggle={() => editing.change(draft, { isHidden: !isHidden })}
            />
          </>
        )}
        <ExpressionField
          panel={panel}
          draft={draft}
          label={isAlone ? 'PromQL expression' : `PromQL expression ${letter}`}
          testId={index === 0 ? 'expression' : `expression:${letter}`}
          isWrong={result?.failure.value?.retrying === false}
          isFocused={isNew && !isAlone}
          onDraw={() => editing.draw()}
          onLeave={() => {
            if (isNew && !isAlone && draft.text.value === '') onRemove();
            else draft.restore();
          }}
        />
        <button
          type="button"
          class="icon-button"
          data-testid={`builder:${letter}`}
          aria-expanded={isBuilderOpen.value}
          aria-label={`Builder of query ${letter}`}
          title="Put the query together by choosing"
          onClick={() => {
            isBuilderOpen.value = !isBuilderOpen.value;
          }}
        >
          <BuilderIcon />
        </button>
        {!isAlone && <SeriesCount result={result} isHidden={isHidden} />}
        {hasLegend && (
          <LegendField
            letter={letter}
            legend={legend}
            isFocused={isLegendOpen.value}
            onChange={(changed) => {
              isLegendOpen.value = false;
              if (changed !== legend) editing.change(draft, { legend: changed });
            }}
          />
        )}
        {!hasLegend && (
          <button
            type="button"
            class="icon-button"
            data-testid={`name-series:${letter}`}
            aria-label={`Name the series of query ${letter}`}
            title="Name the series"
            disabled={isNew}
            onClick={() => {
              isLegendOpen.value = true;
            }}
          >
            <TagIcon />
          </button>
        )}
        {!isAlone && (
          <button
            type="button"
            class="icon-button"
            data-testid={`remove-query:${letter}`}
            aria-label={`Remove query ${letter}`}
            title="Remove this query"
            onClick={onRemove}
          >
            <CloseIcon />
          </button>
        )}
        {isLast && <AddButton editing={editing} />}
      </div>
      {isBuilderOpen.value && <Builder panel={panel} draft={draft} onDraw={() => editing.draw()} />}
      {!isAlone && <QueryError result={result} />}
    </li>
  );
}

function AddButton({ editing }: { readonly editing: QueryEditing }) {
  return (
    <button
      type="button"
      class="icon-button"
      data-testid="add-query"
      aria-label="Add a query"
      title="Add a query"
      disabled={!editing.canAdd.value}
      onClick={() => editing.add()}
    >
      <PlusIcon />
    </button>
  );
}

interface EyeButtonProps {
  readonly letter: string;
  readonly isHidden: boolean;
  readonly isDisabled: boolean;
  readonly onToggle: () => void;
}

function EyeButton({ letter, isHidden, isDisabled, onToggle }: EyeButtonProps) {
  return (
    <button
      type="button"
      class="icon-button"
      data-testid={`show-query:${letter}`}
      aria-pressed={!isHidden}
      aria-label={`Show query ${letter}`}
      title={isHidden ? 'Draw this query again' : 'Do not draw this query'}
      disabled={isDisabled}
      onClick={onToggle}
    >
      <EyeIcon isClosed={isHidden} />
    </button>
  );
}
