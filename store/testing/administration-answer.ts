import { type AdministrationKind, administrationSubject, ask, type Bus } from '@overseer/shared';

/** Asks as an operator does; gives the end of the answer, and its parts. @throws AnswerError */
export async function askAdministration<End, Part = never>(
  bus: Bus,
  kind: AdministrationKind,
  request: object,
): Promise<{ readonly end: End; readonly parts: readonly Part[] }> {
  const answering = ask(bus, administrationSubject(kind), request);
  const parts: Part[] = [];
  for (;;) {
    const { done, value } = await answering.next();
    if (done) return { end: value as End, parts };
    parts.push(value as Part);
  }
}
