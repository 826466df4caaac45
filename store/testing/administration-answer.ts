import {
  type AdministrationKind,
  administrationSubject,
  askToEnd,
  type Bus,
} from '@overseer/shared';

/** Asks as an operator does; gives the end of the answer, and its parts. @throws AnswerError */
export async function askAdministration<End, Part = never>(
  bus: Bus,
  kind: AdministrationKind,
  request: object,
): Promise<{ readonly end: End; readonly parts: readonly Part[] }> {
  const parts: Part[] = [];
  const onPart = (part: Part) => void parts.push(part);
  const end = await askToEnd<End, Part>(bus, administrationSubject(kind), request, { onPart });
  return { end, parts };
}
