import { randomInt } from 'node:crypto';

const TITLE_CHARACTERS_MAX = 40;
const RANDOM_CHARACTERS = 8;
const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';
const FORM = /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/;

/** An id for an address: the words of the title, and chance, so that two of one title are two. */
export function newDashboardId(title: string): string {
  const words = title
    .normalize('NFKD')
    // Marks that were split from their letters: "é" is found as "e".
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, TITLE_CHARACTERS_MAX)
    .replace(/^-|-$/g, '');
  const chance = Array.from({ length: RANDOM_CHARACTERS }, () => ALPHABET[randomInt(36)]).join('');
  return words === '' ? chance : `${words}-${chance}`;
}

export function isDashboardId(text: string): boolean {
  return FORM.test(text);
}
