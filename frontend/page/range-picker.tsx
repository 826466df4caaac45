import { RANGES } from './ranges.ts';
import type { Session } from './session.ts';

export function RangePicker({ session }: { readonly session: Session }) {
  const { range } = session.view.value;
  return (
    <fieldset class="range-picker">
      <legend class="visually-hidden">Range</legend>
      {RANGES.map((candidate) => (
        <button
          key={candidate.name}
          type="button"
          data-testid={`range:${candidate.name}`}
          aria-pressed={candidate === range}
          title={`The last ${candidate.words}`}
          onClick={() => session.showRange(candidate)}
        >
          {candidate.name}
        </button>
      ))}
    </fieldset>
  );
}
