/** Of a piece of JSON, about: small enough to be made while the one before is sent, and not so small that sending is most of the work. */
export const PIECE_CHARACTERS = 64 * 1024;

/** The same text in pieces of PIECE_CHARACTERS or more; the last may be shorter. */
export function* gathered(pieces: Iterable<string>): Generator<string> {
  let gathering = '';
  for (const piece of pieces) {
    gathering += piece;
    if (gathering.length < PIECE_CHARACTERS) continue;
    yield gathering;
    gathering = '';
  }
  yield gathering;
}
