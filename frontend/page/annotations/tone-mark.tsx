import type { Tone } from '../../model/annotation.ts';
import { LEVEL_MARKS } from '../units/levels.ts';

/** What stands beside a colour, for who can't see it. */
export const TONE_MARKS: Readonly<Record<Tone, string>> = { plain: '▼', ...LEVEL_MARKS };

/** The sign of a tone, with its word for who hears the page. */
export function ToneMark({ tone }: { readonly tone: Tone }) {
  return (
    <span class="tone-mark" data-tone={tone}>
      <span aria-hidden="true">{TONE_MARKS[tone]}</span>
      {tone !== 'plain' && <span class="visually-hidden">{tone}</span>}
    </span>
  );
}
