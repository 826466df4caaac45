import uPlot from 'uplot';
import { drawMarkLines, drawMarkWashes } from '../annotations/mark-painting.ts';
import type { TimeMark } from '../annotations/time-mark.ts';
import { formatTimeTicks } from '../format.ts';
import { columnsOf } from '../series/series-columns.ts';
import { timeZone, wallDate } from '../time/time-zone.ts';
import type { Place } from './nearest.ts';
import type { Picture } from './picture.ts';
import type { PictureFrame } from './picture-frame.ts';
import { type Stretch, Touches } from './touch.ts';
import type { Bounds, Tick } from './value-axis.ts';

/** What the chart shows. */
export interface PlotContent {
  readonly picture: Picture;
  readonly marks: readonly TimeMark[];
  readonly fromMs: number;
  readonly toMs: number;
}

export interface PlotEvents {
  /** The pointer is there, or the chart has moved below it; undefined when it has left. */
  readonly onPoint: (place: Place | undefined) => void;
  readonly onClick: (place: Place) => void;
  /** By a finger. @param reachMs how far off a finger may be */
  readonly onTap: (place: Place, reachMs: number) => void;
  readonly onZoom: (fromMs: number, toMs: number) => void;
  /** Something is to be noted about a stretch of time, or a moment: it was dragged or clicked with Ctrl or ⌘. */
  readonly onNote: (fromMs: number, toMs: number) => void;
  /** @param share of what is shown, to be moved by; negative: into the past */
  readonly onPan: (share: number) => void;
  readonly onZoomReset: () => void;
  /** @param leftOutCount values that have no place on the scale */
  readonly onDrawn: (pointCount: number, leftOutCount: number) => void;
}

const AXIS_FONT_PX = 11;
const AXIS_GAP_PX = 8;
const TIME_AXIS_HEIGHT_PX = 30;
/** Of numbers of usual length; longer ones get the room that they need. */
const VALUE_AXIS_WIDTH_PX = 58;
const AXIS_CHAR_PX = 7;
const TIME_TICK_SPACE_PX = 58;
const VALUE_TICK_SPACE_PX = 44;
const TICKS_MIN = 2;
const LINE_WIDTH_PX = 1.5;
/** A pointer that has moved further between down and up was dragging, not clicking. */
const CLICK_DISTANCE_MAX_PX = 4;
/** A finger is meant for what is so near. */
const FINGER_REACH_PX = 24;

/** @param texts null where the axis is not laid out yet */
function valueAxisWidth(texts: readonly string[] | null): number {
  const length = Math.max(0, ...(texts ?? []).map((text) => text.length));
  return Math.max(VALUE_AXIS_WIDTH_PX, AXIS_GAP_PX + (length + 1) * AXIS_CHAR_PX);
}

/** The times of a stretch of a chart that is so wide. */
function timesOf(
  { left, width }: Stretch,
  { fromMs, toMs }: PlotContent,
  chartWidth: number,
): Pick<PlotContent, 'fromMs' | 'toMs'> {
  const msPerPixel = (toMs - fromMs) / Math.max(1, chartWidth);
  // Whole milliseconds: uPlot looks for ticks in vain, without an end, where there is no whole one.
  const movedMs = Math.round(fromMs + left * msPerPixel);
  return { fromMs: movedMs, toMs: movedMs + Math.max(1, Math.round(width * msPerPixel)) };
}

function boundsOf({ picture, fromMs, toMs }: PlotContent): Bounds | undefined {
  return picture.bounds(fromMs, toMs);
}

/**
 * Axes, scales and zooming are uPlot's; the lines are ours, drawn from the matrix as it is. uPlot would want a column of its own
 * making for each series, with null for what is missing, and a new plot when series go.
 */
export class Plot {
  readonly #plot: uPlot;
  #content: PlotContent;
  /** What was shown when two fingers began to move it. */
  #moving: PlotContent | undefined;
  #pressedX = 0;
  /** The pointer is down, or was last, with Ctrl or ⌘. */
  #isNoting = false;
  #ticks: readonly Tick[] = [];
  /** Of the content as it was when it was to be drawn: scales and ticks ask for them, again and again. */
  #bounds: Bounds | undefined;
  #pointer: { readonly x: number; readonly y: number } | undefined;

  /** @param element to be filled; its colours are those of its style */
  constructor(
    private readonly element: HTMLElement,
    content: PlotContent,
    private readonly events: PlotEvents,
  ) {
    this.#content = content;
    this.#bounds = boundsOf(content);
    this.#plot = new uPlot(this.#options(), this.#times(), element);
    this.#listen(this.#plot.over);
  }

  /** Draws it now. */
  show(content: PlotContent): void {
    this.#content = content;
    this.#bounds = boundsOf(content);
    this.#plot.batch(() => this.#plot.setData(this.#times()));
  }

  /** To the size of the element. */
  resize(): void {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (width > 0 && height > 0) this.#plot.setSize({ width, height });
  }

  /** Where a place is: pixels from the element's left and top. */
  positionOf({ timeMs, value }: Place): { readonly x: number; readonly y: number } {
    const { left, top } = this.area;
    return {
      x: left + this.#plot.valToPos(timeMs, 'x'),
      y: top + this.#plot.valToPos(this.picture.axis.scaleOf(value), 'y'),
    };
  }

  /** The value at the upper edge. */
  get topValue(): number {
    return this.#valueAt(0);
  }

  /** What is drawn. */
  get picture(): Picture {
    return this.#content.picture;
  }

  get msPerPixel(): number {
    const { fromMs, toMs } = this.#content;
    return (toMs - fromMs) / Math.max(1, this.area.width);
  }

  /** The part inside the axes: pixels from the element's left and top. As uPlot knows it: the element itself would be laid out to tell. */
  get area(): {
    readonly left: number;
    readonly top: number;
    readonly width: number;
    readonly height: number;
  } {
    const { left, top, width, height } = this.#plot.bbox;
    const { pxRatio } = uPlot;
    return {
      left: left / pxRatio,
      top: top / pxRatio,
      width: width / pxRatio,
      height: height / pxRatio,
    };
  }

  destroy(): void {
    this.#plot.destroy();
  }

  /** uPlot's axis needs times to be there: those of the frame when there are none. */
  #times(): [Float64Array | number[]] {
    const { picture, fromMs, toMs } = this.#content;
    for (const { times } of columnsOf(picture.rows)) if (times.length > 1) return [times];
    return [[fromMs, toMs]];
  }

  #options(): uPlot.Options {
    return {
      width: this.element.clientWidth,
      height: this.element.clientHeight,
      ms: 1,
      tzDate: (timeMs) => wallDate(timeMs, timeZone.peek()),
      legend: { show: false },
      padding: [12, 24, 0, 0],
      cursor: {
        x: false,
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false, dist: CLICK_DISTANCE_MAX_PX },
      },
      scales: {
        x: { range: () => [this.#content.fromMs, this.#content.toMs] },
        y: { range: () => [...this.picture.axis.range(this.#bounds)] },
      },
      axes: this.#axes(),
      series: [{}],
      hooks: {
        draw: [() => this.#draw()],
        setSelect: [() => this.#select()],
      },
    };
  }

  #axes(): uPlot.Axis[] {
    const style = () => getComputedStyle(this.element);
    const look: uPlot.Axis = {
      font: `${AXIS_FONT_PX}px ${style().fontFamily}`,
      stroke: () => style().getPropertyValue('--chart-axis'),
      grid: { stroke: () => style().getPropertyValue('--chart-grid'), width: 1 },
      ticks: { show: false },
      gap: AXIS_GAP_PX,
    };
    return [
      {
        ...look,
        size: TIME_AXIS_HEIGHT_PX,
        space: TIME_TICK_SPACE_PX,
        values: (_plot, splits, _axis, _space, increment) => formatTimeTicks(splits, increment),
      },
      {
        ...look,
        scale: 'y',
        size: (_plot, texts) => valueAxisWidth(texts),
        space: VALUE_TICK_SPACE_PX,
        splits: (plot, _axis, from, to) => this.#placeTicks(from, to, plot.height),
        values: () => this.#ticks.map(({ text }) => (this.#bounds ? text : '')),
      },
    ];
  }

  #placeTicks(from: number, to: number, height: number): number[] {
    const countMax = Math.max(TICKS_MIN, Math.floor(height / VALUE_TICK_SPACE_PX));
    this.#ticks = this.picture.axis.ticks(from, to, countMax);
    return this.#ticks.map(({ at }) => at);
  }

  #draw(): void {
    const frame = this.#frame();
    const { ctx, bbox } = this.#plot;
    let pointCount = 0;
    if (frame) {
      ctx.save();
      ctx.beginPath();
      ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
      ctx.clip();
      drawMarkWashes(ctx, frame, this.#content.marks);
      pointCount = this.picture.draw(ctx, frame);
      drawMarkLines(ctx, frame, this.#content.marks);
      ctx.restore();
    }
    const { fromMs, toMs } = this.#content;
    this.events.onDrawn(pointCount, this.picture.leftOutCount(fromMs, toMs));
    if (this.#pointer) this.#point();
  }

  #frame(): PictureFrame | undefined {
    const { fromMs, toMs } = this.#content;
    const { min, max } = this.#plot.scales.y ?? {};
    if (min == null || max == null) return undefined;
    const { left, top, width, height } = this.#plot.bbox;
    const pixelsPerMs = width / (toMs - fromMs);
    const pixelsPerUnit = height / (max - min);
    const { scaleOf } = this.picture.axis;
    const style = getComputedStyle(this.element);
    return {
      fromMs,
      toMs,
      xOf: (timeMs) => left + (timeMs - fromMs) * pixelsPerMs,
      yOf: (value) => top + (max - scaleOf(value)) * pixelsPerUnit,
      lineWidth: LINE_WIDTH_PX * uPlot.pxRatio,
      area: this.#plot.bbox,
      pixelRatio: uPlot.pxRatio,
      fontFamily: style.fontFamily,
      token: (name) => style.getPropertyValue(name),
    };
  }

  #select(): void {
    const { left, width } = this.#plot.select;
    if (width <= 0) return;
    const fromMs = this.#plot.posToVal(left, 'x');
    const toMs = this.#plot.posToVal(left + width, 'x');
    this.#plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    if (this.#isNoting) this.events.onNote(fromMs, toMs);
    else this.events.onZoom(fromMs, toMs);
  }

  #markSelection({ left, width }: Stretch): void {
    this.#plot.setSelect({ left, top: 0, width, height: this.area.height }, false);
  }

  /** Shows what two fingers have moved so far; what comes next is drawn where it belongs. */
  #preview(stretch: Stretch): void {
    this.#moving ??= this.#content;
    this.show({ ...this.#content, ...timesOf(stretch, this.#moving, this.area.width) });
  }

  #moveTo(stretch: Stretch): void {
    const before = this.#moving;
    this.#moving = undefined;
    // Neither was moved.
    if (!before) return;
    const { clientWidth } = this.#plot.over;
    if (stretch.width === clientWidth) this.events.onPan(stretch.left / clientWidth);
    else {
      const { fromMs, toMs } = timesOf(stretch, before, this.area.width);
      this.events.onZoom(fromMs, toMs);
    }
  }

  #listen(over: HTMLElement): void {
    new Touches(over, {
      onSelecting: (stretch) => this.#markSelection(stretch ?? { left: 0, width: 0 }),
      onSelected: (stretch) => {
        this.#markSelection(stretch);
        this.#select();
      },
      onMoving: (stretch) => this.#preview(stretch),
      onMoved: (stretch) => this.#moveTo(stretch),
    });
    over.addEventListener('pointermove', (event) => {
      if (event.pointerType === 'touch') return;
      this.#pointer = { x: event.offsetX, y: event.offsetY };
      this.#point();
    });
    over.addEventListener('pointerleave', () => {
      this.#pointer = undefined;
      this.#point();
    });
    over.addEventListener('pointerdown', ({ clientX, ctrlKey, metaKey }) => {
      this.#pressedX = clientX;
      this.#isNoting = ctrlKey || metaKey;
    });
    over.addEventListener('click', (event) => {
      const { clientX, offsetX: x, offsetY: y } = event;
      if (Math.abs(clientX - this.#pressedX) > CLICK_DISTANCE_MAX_PX) return;
      const place = this.#placeAt({ x, y });
      if (this.#isNoting) this.events.onNote(place.timeMs, place.timeMs);
      else if (event instanceof PointerEvent && event.pointerType === 'touch') {
        this.events.onTap(place, FINGER_REACH_PX * this.msPerPixel);
      } else this.events.onClick(place);
    });
    over.addEventListener('dblclick', () => this.events.onZoomReset());
  }

  #point(): void {
    this.events.onPoint(this.#pointer && this.#placeAt(this.#pointer));
  }

  #placeAt({ x, y }: { readonly x: number; readonly y: number }): Place {
    return { timeMs: this.#plot.posToVal(x, 'x'), value: this.#valueAt(y) };
  }

  #valueAt(y: number): number {
    return this.picture.axis.valueOf(this.#plot.posToVal(y, 'y'));
  }
}
