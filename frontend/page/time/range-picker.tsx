import { formatFrame, isSameFrame, PRESETS, rangeWords } from '../../model/time-frame.ts';
import type { Session } from '../session.ts';

export function RangePicker({ session }: { readonly session: Session }) {
  const { frame } = session.view.value;
  return (
    <fieldset class="range-picker">
      <legend class="visually-hidden">Range</legend>
      {PRESETS.map((preset) => (
        <button
          key={preset.rangeMs}
          type="button"
          data-testid={`range:${formatFrame(preset)}`}
          aria-pressed={isSameFrame(preset, frame)}
          title={`The last ${rangeWords(preset.rangeMs)}`}
          onClick={() => session.time.show(preset)}
        >
          {formatFrame(preset)}
        </button>
      ))}
    </fieldset>
  );
}
