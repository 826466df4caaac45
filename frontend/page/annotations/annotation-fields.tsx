import {
  ANNOTATION_NAME_CHARACTERS_MAX,
  ANNOTATIONS_MAX,
  type AnnotationSpec,
  type AnnotationTimes,
  EMPTY_ANNOTATION,
  NOTE_CHARACTERS_MAX,
} from '../../model/annotation.ts';
import { SelectField, TextField } from '../form-field.tsx';
import { CloseIcon } from '../icons.tsx';
import { ToneField } from './tone-field.tsx';

const TIMES_OPTIONS: readonly (readonly [name: AnnotationTimes, words: string])[] = [
  ['steps', 'while it is not zero'],
  ['values', 'at the times that its values are'],
];
/** Of the database that panels have unless they name their own. */
const SAME_DB = '';

interface AnnotationFieldsProps {
  readonly annotations: readonly AnnotationSpec[];
  readonly databases: readonly string[];
  readonly onChange: (annotations: readonly AnnotationSpec[]) => void;
}

/** What marks times by expressions: some fields for each, and a button for one more. */
export function AnnotationFields({ annotations, databases, onChange }: AnnotationFieldsProps) {
  const replace = (index: number, ...by: AnnotationSpec[]) =>
    onChange(annotations.toSpliced(index, 1, ...by));
  return (
    <fieldset class="annotation-fields">
      <legend>Annotations</legend>
      {annotations.map((annotation, index) => (
        <AnnotationField
          key={index}
          annotation={annotation}
          databases={databases}
          onChange={(changed) => replace(index, changed)}
          onRemove={() => replace(index)}
        />
      ))}
      <button
        type="button"
        class="text-button"
        data-testid="add-annotation"
        disabled={annotations.length >= ANNOTATIONS_MAX}
        onClick={() => onChange([...annotations, EMPTY_ANNOTATION])}
      >
        Add an annotation
      </button>
      {annotations.length > 0 && (
        <p class="hint">
          Marks the time while a series of the expression is not zero. Points that are written when
          something happens are marked where they are by <code>timestamp(deploys_count)</code>, at
          the times that its values are.
        </p>
      )}
    </fieldset>
  );
}

interface AnnotationFieldProps {
  readonly annotation: AnnotationSpec;
  readonly databases: readonly string[];
  readonly onChange: (annotation: AnnotationSpec) => void;
  readonly onRemove: () => void;
}

function AnnotationField(props: AnnotationFieldProps) {
  const { annotation, databases, onChange, onRemove } = props;
  const { name, db, expr, times, text, tone } = annotation;
  const change = (changed: Partial<AnnotationSpec>) => onChange({ ...annotation, ...changed });
  const named = db === null || databases.includes(db) ? databases : [db, ...databases];
  const options = [
    [SAME_DB, 'that of the panel'] as const,
    ...named.map((one) => [one, one] as const),
  ];
  return (
    <div class="annotation-field">
      <TextField
        label="Name"
        testId="annotation-name"
        placeholder="deploys"
        isRequired
        maxLength={ANNOTATION_NAME_CHARACTERS_MAX}
        value={name}
        onText={(written) => change({ name: written })}
      />
      <TextField
        label="Expression"
        testId="annotation-expr"
        placeholder="timestamp(deploys_count)"
        isRequired
        isCode
        value={expr}
        onText={(written) => change({ expr: written })}
      />
      <SelectField
        label="Marks the time"
        testId="annotation-times"
        value={times}
        options={TIMES_OPTIONS}
        onPick={(picked) => change({ times: picked })}
      />
      <TextField
        label="Says"
        testId="annotation-text"
        placeholder="{{host}} deployed {{version}}"
        maxLength={NOTE_CHARACTERS_MAX}
        value={text}
        onText={(written) => change({ text: written })}
      />
      <SelectField
        label="Database"
        testId="annotation-db"
        value={db ?? SAME_DB}
        options={options}
        onPick={(picked) => change({ db: picked === SAME_DB ? null : picked })}
      />
      <ToneField
        testId="annotation-tone"
        tone={tone}
        onPick={(picked) => change({ tone: picked })}
      />
      <button
        type="button"
        class="icon-button"
        data-testid="remove-annotation"
        aria-label={`Remove the annotation ${name}`}
        onClick={onRemove}
      >
        <CloseIcon />
      </button>
    </div>
  );
}
