/** A series in the legend of an image. */
export interface ImageEntry {
  readonly name: string;
  /** As CSS writes it. */
  readonly colour: string;
}

export interface ImageParts {
  /** The chart with its axes. */
  readonly chart: HTMLCanvasElement;
  readonly title: string;
  /** What the time is that it shows. */
  readonly subtitle: string;
  readonly entries: readonly ImageEntry[];
  /** What marks say, a line each. */
  readonly marks: readonly string[];
  /** Whose colours and faces it is to have: those of the page's theme. */
  readonly style: CSSStyleDeclaration;
}

/** Series that a legend names; of more, how many. */
const ENTRIES_MAX = 40;
/** Marks that are told; of more, how many. */
const MARKS_TOLD_MAX = 20;
/** Pixels of CSS. */
const MARGIN = 16;
const TITLE_SIZE = 15;
const TEXT_SIZE = 12;
const LINE_HEIGHT = 20;
const HEAD_HEIGHT = 52;
const SWATCH = 10;
const COLUMN_GAP = 24;

/** Puts a chart into an image that stands for itself: with its title, its time and its legend. */
export async function drawChartImage(parts: ImageParts): Promise<Blob> {
  const { chart } = parts;
  const scale = chart.width / Math.max(1, chart.clientWidth);
  const width = chart.clientWidth + 2 * MARGIN;
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d');
  if (!context) throw new Error('The browser gives no canvas to draw an image on.');
  const token = (name: string) => parts.style.getPropertyValue(name).trim();
  const font = (size: number, weight = 400) => `${weight} ${size}px ${parts.style.fontFamily}`;
  context.font = font(TEXT_SIZE);
  const places = placeEntries(context, parts.entries, width - 2 * MARGIN);
  const marks = toldMarks(parts.marks);
  const lineCount = places.lineCount + marks.length;
  const height = HEAD_HEIGHT + chart.clientHeight + (lineCount + 1) * LINE_HEIGHT + MARGIN / 2;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  context.scale(scale, scale);
  context.fillStyle = token('background-color');
  context.fillRect(0, 0, width, height);
  context.textBaseline = 'middle';
  context.fillStyle = token('color');
  context.font = font(TITLE_SIZE, 600);
  context.fillText(parts.title, MARGIN, MARGIN + TITLE_SIZE / 2, width - 2 * MARGIN);
  context.font = font(TEXT_SIZE);
  context.fillStyle = token('--chart-axis');
  context.fillText(parts.subtitle, MARGIN, MARGIN + TITLE_SIZE + LINE_HEIGHT / 2);
  context.drawImage(chart, MARGIN, HEAD_HEIGHT, chart.clientWidth, chart.clientHeight);
  const legendTop = HEAD_HEIGHT + chart.clientHeight + LINE_HEIGHT;
  for (const { x, line, entry } of places.placed) {
    const y = legendTop + line * LINE_HEIGHT;
    if (entry.colour !== '') {
      context.fillStyle = entry.colour;
      context.fillRect(MARGIN + x, y - SWATCH / 2, SWATCH, SWATCH);
    }
    context.fillStyle = token('color');
    context.fillText(entry.name, MARGIN + x + SWATCH + 6, y, width - 2 * MARGIN - SWATCH - 6);
  }
  for (const [index, text] of marks.entries()) {
    const y = legendTop + (places.lineCount + index) * LINE_HEIGHT;
    context.fillText(text, MARGIN, y, width - 2 * MARGIN);
  }
  return await blobOf(canvas);
}

function toldMarks(marks: readonly string[]): readonly string[] {
  const moreCount = marks.length - MARKS_TOLD_MAX;
  return moreCount > 0 ? [...marks.slice(0, MARKS_TOLD_MAX), `and ${moreCount} more`] : marks;
}

interface PlacedEntry {
  readonly entry: ImageEntry;
  readonly x: number;
  readonly line: number;
}

/** One after another, as text is set. */
function placeEntries(
  context: CanvasRenderingContext2D,
  entries: readonly ImageEntry[],
  width: number,
): { readonly placed: readonly PlacedEntry[]; readonly lineCount: number } {
  const named = entries.slice(0, ENTRIES_MAX);
  const moreCount = entries.length - named.length;
  if (moreCount > 0) named.push({ name: `and ${moreCount} more`, colour: '' });
  let [x, line] = [0, 0];
  const placed = named.map((entry): PlacedEntry => {
    const needed = SWATCH + 6 + context.measureText(entry.name).width;
    if (x > 0 && x + needed > width) [x, line] = [0, line + 1];
    const place = { entry, x, line };
    x += needed + COLUMN_GAP;
    return place;
  });
  return { placed, lineCount: named.length === 0 ? 0 : line + 1 };
}

function blobOf(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob) resolve(blob);
      else reject(new Error('The browser could not make an image: it may be too large.'));
    }, 'image/png');
  });
}
