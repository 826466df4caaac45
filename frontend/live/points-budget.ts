import { AnswerError } from '@overseer/shared';

/** How much of all points one expression may have. */
const SHARE_OF_ONE = 0.1;

/** More points than may be held: asking the store for less does not help. */
export class PointsLimitError extends AnswerError {
  override name = 'PointsLimitError';

  constructor(message: string) {
    super('limit', message);
  }
}

/** The points that live expressions hold, all together. A point is a series at a step, with a value or not. */
export class PointsBudget {
  #points = 0;

  constructor(readonly pointsMax: number) {}

  get points(): number {
    return this.#points;
  }

  /** What one expression may hold. */
  get pointsOfOneMax(): number {
    return Math.floor(this.pointsMax * SHARE_OF_ONE);
  }

  /** @throws PointsLimitError */
  checkOne(series: number, steps: number): void {
    if (series * steps <= this.pointsOfOneMax) return;
    throw new PointsLimitError(
      `${series} series or more at ${steps} steps are too many to be kept live: the limit is ${this.pointsOfOneMax} ` +
        'points, a tenth of LIVE_POINTS_MAX; choose fewer series, a shorter range or a larger step',
    );
  }

  /** @throws PointsLimitError */
  take(points: number): void {
    if (this.#points + points > this.pointsMax) {
      throw new PointsLimitError(
        `all live expressions together would hold more than LIVE_POINTS_MAX, ${this.pointsMax} points; ` +
          'choose fewer series, a shorter range or a larger step, or close other charts',
      );
    }
    this.#points += points;
  }

  give(points: number): void {
    this.#points -= points;
  }
}
