import type { LinesFrame } from './lines.ts';

/** The plane that is drawn on: positions are pixels of the canvas. */
export type PictureFrame = Omit<LinesFrame, 'rows' | 'colourOf'> & {
  readonly area: {
    readonly left: number;
    readonly top: number;
    readonly width: number;
    readonly height: number;
  };
  /** Pixels of the canvas for one of the page. */
  readonly pixelRatio: number;
  /** The family of the chart's letters. */
  readonly fontFamily: string;
  /** A colour by the name of its token. */
  readonly token: (name: string) => string;
};
