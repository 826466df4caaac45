import { useSignal } from '@preact/signals';
import { Popover } from '../popover.tsx';
import type { DashboardPage } from './dashboard-page.ts';
import type { ChosenVariable } from './variables.ts';

/** Values that are listed at once; the search finds the others. */
const LISTED_MAX = 200;

/** A picker for each variable of the dashboard. */
export function VariableBar({ page }: { readonly page: DashboardPage }) {
  const variables = page.variables.all.value;
  if (variables.length === 0) return null;
  return (
    <div class="variables" data-testid="variables">
      {variables.map((variable) => (
        <VariablePicker key={variable.spec.name} page={page} variable={variable} />
      ))}
    </div>
  );
}

interface VariableProps {
  readonly page: DashboardPage;
  readonly variable: ChosenVariable;
}

function VariablePicker({ page, variable }: VariableProps) {
  const isOpen = useSignal(false);
  const { name } = variable.spec;
  return (
    <div class="variable">
      <button
        type="button"
        class="variable-button"
        data-testid={`variable:${name}`}
        aria-haspopup="dialog"
        aria-expanded={isOpen.value}
        onClick={() => {
          if (!isOpen.value) page.variables.refresh(name);
          isOpen.value = !isOpen.value;
        }}
      >
        <span class="variable-name">{name}</span>
        <span class="variable-chosen">{choiceWords(variable)}</span>
      </button>
      {isOpen.value && (
        <Popover isOpen={isOpen} label={`Values of ${name}`} testId={`values:${name}`}>
          <VariableValues
            page={page}
            variable={variable}
            onPicked={() => {
              isOpen.value = false;
            }}
          />
        </Popover>
      )}
    </div>
  );
}

function choiceWords({ choice, values, failure }: ChosenVariable): string {
  if (choice.isAll) return 'all';
  if (choice.values.length > 0) return choice.values.join(', ');
  if (failure !== undefined) return 'unknown';
  return values === undefined ? '…' : 'none';
}

interface VariableValuesProps extends VariableProps {
  readonly onPicked: () => void;
}

function VariableValues({ page, variable, onPicked }: VariableValuesProps) {
  const search = useSignal('');
  const { spec, choice, values, failure } = variable;
  const wanted = search.value.trim().toLowerCase();
  const matching = (values ?? []).filter((value) => value.toLowerCase().includes(wanted));
  const pick = (value: string) => {
    if (!spec.isMulti) {
      page.choose(spec.name, [value]);
      onPicked();
      return;
    }
    const without = choice.values.filter((chosen) => chosen !== value);
    const isTaken = without.length < choice.values.length;
    page.choose(spec.name, isTaken ? without : [...choice.values, value]);
  };
  return (
    <div class="variable-values">
      <input
        type="search"
        data-testid="variable-search"
        placeholder="Search values"
        aria-label="Search values"
        value={search.value}
        onInput={(event) => {
          search.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          const [first] = matching;
          if (event.key === 'Enter' && first !== undefined) pick(first);
        }}
      />
      <ul>
        {spec.hasAll && wanted === '' && (
          <Value
            name={spec.name}
            value="all"
            isChosen={choice.isAll}
            isMulti={false}
            onPick={() => {
              page.choose(spec.name, []);
              onPicked();
            }}
          />
        )}
        {matching.slice(0, LISTED_MAX).map((value) => (
          <Value
            key={`value:${value}`}
            name={spec.name}
            value={value}
            isChosen={choice.values.includes(value)}
            isMulti={spec.isMulti}
            onPick={() => pick(value)}
          />
        ))}
      </ul>
      {matching.length > LISTED_MAX && <p>and {matching.length - LISTED_MAX} more: search</p>}
      {values !== undefined && matching.length === 0 && <p>No such value.</p>}
      {failure !== undefined && <p class="variable-failure">{failure}</p>}
    </div>
  );
}

interface ValueProps {
  readonly name: string;
  readonly value: string;
  readonly isChosen: boolean;
  readonly isMulti: boolean;
  readonly onPick: () => void;
}

function Value({ name, value, isChosen, isMulti, onPick }: ValueProps) {
  return (
    <li>
      <label>
        <input
          type={isMulti ? 'checkbox' : 'radio'}
          data-testid={`value:${value}`}
          name={`variable-${name}`}
          checked={isChosen}
          onChange={onPick}
        />
        {value}
      </label>
    </li>
  );
}
