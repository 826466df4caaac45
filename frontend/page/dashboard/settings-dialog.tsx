import { useSignal } from '@preact/signals';
import type { DashboardSpec, VariableSpec } from '../../model/dashboard-spec.ts';
import { VARIABLES_MAX } from '../../model/dashboard-spec.ts';
import { formatFrame, PRESETS } from '../../model/time-frame.ts';
import { AnnotationFields } from '../annotations/annotation-fields.tsx';
import { duplicateName } from '../annotations/duplicate-name.ts';
import { Dialog } from '../dialog.tsx';
import { SelectField, TextField } from '../form-field.tsx';
import type { DashboardPage } from './dashboard-page.ts';

interface SettingsDialogProps {
  readonly page: DashboardPage;
  readonly onClose: () => void;
}

type Settings = Pick<DashboardSpec, 'title' | 'db' | 'range' | 'variables' | 'annotations'>;

const VARIABLE_NAME = {
  pattern: '[A-Za-z][A-Za-z0-9_]*',
  words: 'A letter, then letters, digits and _',
};

/** What belongs to the whole dashboard: its name, its database, the time it shows at first, its variables. */
export function SettingsDialog({ page, onClose }: SettingsDialogProps) {
  const { dashboard, session } = page;
  const { title, db, range, variables, annotations } = dashboard.spec.peek();
  const settings = useSignal<Settings>({ title, db, range, variables, annotations });
  const change = (part: Partial<Settings>) => {
    settings.value = { ...settings.value, ...part };
  };
  const databases = session.catalogue.databases.value?.map(({ name }) => name) ?? [];
  const shown = formatFrame(session.time.frame.value);
  const twice = duplicateName(settings.value.annotations);
  return (
    <Dialog title="Settings" testId="settings-dialog" onClose={onClose}>
      <form
        class="settings"
        onSubmit={(event) => {
          event.preventDefault();
          if (twice !== undefined) return;
          dashboard.change((spec) => ({ ...spec, ...settings.peek() }));
          onClose();
        }}
      >
        <TextField
          label="Title"
          testId="settings-title"
          isRequired
          maxLength={200}
          value={settings.value.title}
          onText={(written) => change({ title: written })}
        />
        <SelectField
          label="Database"
          testId="settings-db"
          value={settings.value.db}
          options={[...new Set([settings.value.db, ...databases])].map((name) => [name, name])}
          onPick={(picked) => change({ db: picked })}
        />
        <SelectField
          label="Time at first"
          testId="settings-range"
          value={settings.value.range}
          options={[...new Set([range, shown, ...PRESETS.map(formatFrame)])].map((text) => [
            text,
            text === shown && text !== range ? `${text}, as it is now` : text,
          ])}
          onPick={(picked) => change({ range: picked })}
        />
        <VariableFields
          variables={settings.value.variables}
          onChange={(changed) => change({ variables: changed })}
        />
        <AnnotationFields
          annotations={settings.value.annotations}
          databases={databases}
          onChange={(changed) => change({ annotations: changed })}
        />
        {twice !== undefined && (
          <p class="dialog-failure" role="alert">
            Two annotations are called {twice}: each needs a name of its own.
          </p>
        )}
        <footer class="dialog-actions">
          <button type="button" class="text-button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary-button" data-testid="settings-done">
            Apply
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

interface VariableFieldsProps {
  readonly variables: readonly VariableSpec[];
  readonly onChange: (variables: readonly VariableSpec[]) => void;
}

function VariableFields({ variables, onChange }: VariableFieldsProps) {
  const replace = (index: number, ...by: VariableSpec[]) =>
    onChange([...variables.slice(0, index), ...by, ...variables.slice(index + 1)]);
  return (
    <fieldset class="variable-fields">
      <legend>Variables</legend>
      {variables.map((variable, index) => (
        <VariableField
          key={index}
          variable={variable}
          onChange={(changed) => replace(index, changed)}
          onRemove={() => replace(index)}
        />
      ))}
      <button
        type="button"
        class="text-button"
        data-testid="add-variable"
        disabled={variables.length >= VARIABLES_MAX}
        onClick={() =>
          onChange([...variables, { name: '', tag: '', selector: '', isMulti: true, hasAll: true }])
        }
      >
        Add a variable
      </button>
      {variables.length > 0 && (
        <p class="hint">
          Expressions take what is chosen as <code>{'{host=~"$host"}'}</code>. The selector says of
          which series there are values, and may mention variables above.
        </p>
      )}
    </fieldset>
  );
}

interface VariableFieldProps {
  readonly variable: VariableSpec;
  readonly onChange: (variable: VariableSpec) => void;
  readonly onRemove: () => void;
}

function VariableField({ variable, onChange, onRemove }: VariableFieldProps) {
  const text = (name: 'name' | 'tag' | 'selector', label: string, placeholder: string) => (
    <TextField
      label={label}
      testId={`variable-${name}`}
      placeholder={placeholder}
      isRequired={name !== 'selector'}
      {...(name === 'name' && { form: VARIABLE_NAME })}
      isCode
      value={variable[name]}
      onText={(written) => onChange({ ...variable, [name]: written })}
    />
  );
  const flag = (name: 'isMulti' | 'hasAll', label: string) => (
    <label class="check">
      <input
        type="checkbox"
        data-testid={`variable-${name}`}
        checked={variable[name]}
        onChange={(event) => onChange({ ...variable, [name]: event.currentTarget.checked })}
      />
      {label}
    </label>
  );
  return (
    <div class="variable-field">
      {text('name', 'Name', 'host')}
      {text('tag', 'Label', 'host')}
      {text('selector', 'Of series', 'all')}
      {flag('isMulti', 'several')}
      {flag('hasAll', 'all')}
      <button
        type="button"
        class="icon-button"
        aria-label={`Remove the variable ${variable.name}`}
        onClick={onRemove}
      >
        ✕
      </button>
    </div>
  );
}
