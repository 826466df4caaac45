import { describe, expect, test } from 'bun:test';
import { signal } from '@preact/signals';
import { rolling } from '../../model/time-frame.ts';
import { parseView, type View, ZOOMS_MAX } from '../address.ts';
import { TimeControl } from './time-control.ts';

const NOW_MS = Date.UTC(2026, 0, 31, 12);

function start() {
  const view = signal<View>(parseView(''));
  const go = (change: Partial<View>) => {
    view.value = { ...view.value, ...change };
  };
  return { view, time: new TimeControl({ view, go, nowMs: signal(NOW_MS) }) };
}

describe('the time that is shown', () => {
  test('zooms - lead in and back out', () => {
    const { time } = start();
    time.zoomTo(NOW_MS - 60_000, NOW_MS);
    time.zoomTo(NOW_MS - 30_400.2, NOW_MS - 10_400);
    expect(time.shown.value).toEqual({
      kind: 'fixed',
      fromMs: NOW_MS - 30_000,
      toMs: NOW_MS - 10_000,
    });
    time.zoomOut();
    expect(time.shown.value).toMatchObject({ fromMs: NOW_MS - 60_000, toMs: NOW_MS });
    time.zoomOut();
    expect(time.shown.value).toEqual(rolling(300_000));
    time.zoomOut();
    expect(time.shown.value).toEqual(rolling(300_000));
  });

  test('a zoom into nothing - is a second long', () => {
    const { time } = start();
    time.zoomTo(NOW_MS, NOW_MS + 3);
    expect(time.shown.value).toEqual({ kind: 'fixed', fromMs: NOW_MS, toMs: NOW_MS + 1000 });
  });

  test('zooms beyond the most - take the place of the last one', () => {
    const { time } = start();
    for (let i = 1; i <= ZOOMS_MAX + 3; i++) time.zoomTo(NOW_MS - 100_000 + i * 1000, NOW_MS);
    expect(time.zooms.value).toHaveLength(ZOOMS_MAX);
    expect(time.shown.value).toMatchObject({ fromMs: NOW_MS - 100_000 + (ZOOMS_MAX + 3) * 1000 });
  });

  test('panning - moves what is shown: the zoom, or what was chosen', () => {
    const { time } = start();
    time.pan(-0.5);
    expect(time.frame.value).toMatchObject({ fromMs: NOW_MS - 450_000, toMs: NOW_MS - 150_000 });
    time.zoomTo(NOW_MS - 400_000, NOW_MS - 300_000);
    time.pan(0.5);
    expect(time.zooms.value).toEqual([
      { kind: 'fixed', fromMs: NOW_MS - 350_000, toMs: NOW_MS - 250_000 },
    ]);
  });

  test('another frame - forgets the zooms', () => {
    const { time } = start();
    time.zoomTo(NOW_MS - 60_000, NOW_MS);
    time.show(rolling(3_600_000));
    expect(time.shown.value).toEqual(rolling(3_600_000));
    expect(time.zooms.value).toEqual([]);
  });
});
