import { TONES, type Tone } from '../../model/annotation.ts';
import { SelectField } from '../form-field.tsx';
import { TONE_MARKS } from './tone-mark.tsx';

const OPTIONS = TONES.map((tone) => [tone, `${TONE_MARKS[tone]} ${tone}`] as const);

interface ToneFieldProps {
  readonly testId: string;
  readonly tone: Tone;
  readonly onPick: (tone: Tone) => void;
}

/** How a mark looks. */
export function ToneField({ testId, tone, onPick }: ToneFieldProps) {
  return (
    <SelectField label="Looks" testId={testId} value={tone} options={OPTIONS} onPick={onPick} />
  );
}
