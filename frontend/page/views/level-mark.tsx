import type { ThresholdLevel } from '../../model/panel-spec.ts';
import { LEVEL_MARKS } from '../units/levels.ts';

/** The sign of a level beside a value, with its word for who hears the page. */
export function LevelMark({ level }: { readonly level: ThresholdLevel | undefined }) {
  if (!level) return null;
  return (
    <span class="level-mark" data-level={level} title={level}>
      <span aria-hidden="true">{LEVEL_MARKS[level]}</span>
      <span class="visually-hidden">{level}</span>
    </span>
  );
}
