import { computed, signal } from '@preact/signals';
import type { RefObject } from 'preact';
import { GRID_COLUMNS, type PlacedPanel } from '../../model/dashboard-spec.ts';
import { type Direction, movePlace, resizePlace, stepPlace } from './layout.ts';
import type { OpenDashboard } from './open-dashboard.ts';

/** As `--grid-row` of dashboard.css. */
export const ROW_PX = 36;

const DIRECTIONS: Readonly<Record<string, Direction>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
};

type DragKind = 'move' | 'resize';

interface Drag {
  readonly id: string;
  readonly kind: DragKind;
  readonly start: PlacedPanel;
  readonly startX: number;
  readonly startY: number;
  /** Where the panels lie if it is let go now. */
  readonly panels: readonly PlacedPanel[];
}

/** Moves and resizes panels with pointer and keys; the dashboard is changed when they are let go. */
export class GridDrag {
  readonly #drag = signal<Drag | undefined>(undefined);
  readonly draggedId = computed(() => this.#drag.value?.id);
  readonly preview = computed(() => this.#drag.value?.panels);

  /** @param grid whose width the columns share */
  constructor(
    private readonly dashboard: OpenDashboard,
    private readonly grid: RefObject<HTMLElement | null>,
  ) {}

  start(event: PointerEvent, id: string, kind: DragKind): void {
    const { panels } = this.dashboard.spec.peek();
    const start = panels.find((panel) => panel.id === id);
    const { currentTarget: target, pointerId } = event;
    if (event.button !== 0 || !start || !(target instanceof HTMLElement)) return;
    event.stopPropagation();
    target.setPointerCapture(pointerId);
    this.#drag.value = { id, kind, start, startX: event.pageX, startY: event.pageY, panels };
    const ending = new AbortController();
    const { signal: until } = ending;
    const end = (isKept: boolean) => {
      ending.abort();
      this.#end(isKept);
    };
    target.addEventListener('pointermove', (moved) => this.#move(moved), { signal: until });
    target.addEventListener('pointerup', () => end(true), { signal: until });
    target.addEventListener('pointercancel', () => end(false), { signal: until });
    document.addEventListener(
      'keydown',
      ({ key }) => {
        if (key === 'Escape') end(false);
      },
      { signal: until },
    );
  }

  /** @returns whether the key is one that moves */
  key(key: string, isShift: boolean, id: string): boolean {
    const direction = DIRECTIONS[key];
    const panel = this.dashboard.spec.peek().panels.find((candidate) => candidate.id === id);
    if (!direction || !panel) return false;
    this.dashboard.change((spec) => ({
      ...spec,
      panels: isShift
        ? resizePlace(spec.panels, id, grown(panel, direction))
        : stepPlace(spec.panels, id, direction),
    }));
    return true;
  }

  #move({ pageX, pageY }: PointerEvent): void {
    const drag = this.#drag.peek();
    const widthPx = this.grid.current?.clientWidth;
    if (!drag || !widthPx) return;
    const columns = Math.round(((pageX - drag.startX) / widthPx) * GRID_COLUMNS);
    const rows = Math.round((pageY - drag.startY) / ROW_PX);
    const { column, row, width, height } = drag.start;
    const { panels } = this.dashboard.spec.peek();
    const moved =
      drag.kind === 'move'
        ? movePlace(panels, drag.id, { column: column + columns, row: row + rows })
        : resizePlace(panels, drag.id, { width: width + columns, height: height + rows });
    this.#drag.value = { ...drag, panels: moved };
  }

  #end(isKept: boolean): void {
    const drag = this.#drag.peek();
    if (drag && isKept) this.dashboard.change((spec) => ({ ...spec, panels: drag.panels }));
    this.#drag.value = undefined;
  }
}

function grown({ width, height }: PlacedPanel, direction: Direction) {
  const columns = { left: -1, right: 1, up: 0, down: 0 }[direction];
  const rows = { left: 0, right: 0, up: -1, down: 1 }[direction];
  return { width: width + columns, height: height + rows };
}
