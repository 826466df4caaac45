import type { Locator, TestBrowser } from '@overseer/local/testing';

export type Colour = readonly [red: number, green: number, blue: number];

/**
 * Sum over the three channels up to which a colour is still that of a line: one of 1.5 pixels that lies between two rows has three
 * quarters of its colour in each, and the ground in the rest.
 */
const SAME_DISTANCE_MAX = 150;

/** The pixels of an element as they were on the screen. */
export class Picture {
  private constructor(
    readonly width: number,
    readonly height: number,
    private readonly rgba: Uint8Array,
  ) {}

  /** @param browser decodes it: in a page of its own, which has no policy against it */
  static async of(element: Locator, browser: TestBrowser): Promise<Picture> {
    const png = await element.screenshot({ animations: 'disabled' });
    const page = await browser.newPage();
    try {
      const decoded = (await page.evaluate(decodeScript(png))) as {
        width: number;
        height: number;
        rgba: string;
      };
      const rgba = Buffer.from(decoded.rgba, 'base64');
      return new Picture(decoded.width, decoded.height, rgba);
    } finally {
      await page.close();
    }
  }

  at(x: number, y: number): Colour {
    const offset = 4 * (Math.round(y) * this.width + Math.round(x));
    const [red = 0, green = 0, blue = 0] = this.rgba.subarray(offset, offset + 3);
    return [red, green, blue];
  }

  /** Which share of the columns from `fromX` to `toX` has the colour within `reach` pixels of the row. */
  shareWithColour(
    colour: Colour,
    columns: { readonly fromX: number; readonly toX: number },
    row: number,
    reach: number,
  ): number {
    let found = 0;
    for (let x = columns.fromX; x < columns.toX; x++) {
      for (let y = row - reach; y <= row + reach; y++) {
        if (distance(this.at(x, y), colour) > SAME_DISTANCE_MAX) continue;
        found++;
        break;
      }
    }
    return found / (columns.toX - columns.fromX);
  }
}

export function distance(a: Colour, b: Colour): number {
  return a.reduce((sum, channel, index) => sum + Math.abs(channel - (b[index] ?? 0)), 0);
}

/** `rgb(12, 34, 56)`, as computed styles tell colours. */
export function parseColour(text: string): Colour {
  const [, red, green, blue] = /^rgba?\((\d+), (\d+), (\d+)/.exec(text) ?? [];
  if (blue === undefined) throw new Error(`"${text}" is no colour as rgb()`);
  return [Number(red), Number(green), Number(blue)];
}

/** Runs in a browser and gives the pixels, base64-encoded. */
function decodeScript(png: Uint8Array): string {
  return `(async () => {
    const bytes = Uint8Array.from(atob('${png.toBase64()}'), (letter) => letter.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const { width, height } = bitmap;
    const context = new OffscreenCanvas(width, height).getContext('2d');
    context.drawImage(bitmap, 0, 0);
    const rgba = new Uint8Array(context.getImageData(0, 0, width, height).data.buffer).toBase64();
    return { width, height, rgba };
  })()`;
}
