/** Colours for people: none in pipes and files, and none where NO_COLOR says so. */

interface Terminal {
  readonly isTTY?: boolean;
}

type Paint = (text: string) => string;

export interface Style {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
}

/** @param stream where the text will go */
export function styleFor(stream: Terminal, environment = process.env): Style {
  const isColoured = stream.isTTY === true && !environment.NO_COLOR && environment.TERM !== 'dumb';
  const paint = (code: number): Paint =>
    isColoured ? (text) => `\u001b[${code}m${text}\u001b[0m` : (text) => text;
  return { bold: paint(1), dim: paint(2), red: paint(31), green: paint(32), yellow: paint(33) };
}

/** Without colours. */
export const plain: Style = styleFor({ isTTY: false });
