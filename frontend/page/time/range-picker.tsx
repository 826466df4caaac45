import { useSignal } from '@preact/signals';
import { formatFrame, isSameFrame, PRESETS, rangeWords } from '../../model/time-frame.ts';
import { late } from '../late.tsx';
import type { Session } from '../session.ts';

const CustomRange = late(async () => (await import('./custom-range.tsx')).CustomRange);

/** The usual ranges, one press away, and any other. */
export function RangePicker({ session }: { readonly session: Session }) {
  const { frame } = session.view.value;
  const isOpen = useSignal(false);
  const isPreset = PRESETS.some((preset) => isSameFrame(preset, frame));
  return (
    <div class="range">
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
        <button
          type="button"
          class="range-custom"
          data-testid="range:custom"
          data-chosen={!isPreset}
          aria-expanded={isOpen.value}
          aria-haspopup="dialog"
          title="Any other time, and the time zone"
          onClick={() => {
            isOpen.value = !isOpen.value;
          }}
        >
          {!isPreset && frame.kind === 'rolling' ? formatFrame(frame) : 'custom'}
        </button>
      </fieldset>
      {isOpen.value && <CustomRange session={session} isOpen={isOpen} />}
    </div>
  );
}
