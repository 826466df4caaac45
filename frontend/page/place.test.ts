import { describe, expect, test } from 'bun:test';
import { isPagePath } from '../model/page-paths.ts';
import {
  DASHBOARDS,
  dashboardPlace,
  EXPLORE,
  parsePlace,
  pathOfPlace,
  writePlace,
} from './place.ts';

function roundTrip(place: Parameters<typeof writePlace>[0]) {
  const parameters = new URLSearchParams();
  writePlace(place, parameters);
  return parsePlace(pathOfPlace(place), parameters.toString());
}

describe('places', () => {
  test('each place - is read as it was written', () => {
    const dashboard = {
      ...dashboardPlace('host-1a'),
      panelId: 'p1',
      isPanelEdited: true,
      choices: new Map([
        ['host', ['a&b', 'c=d', '*']],
        ['disk', []],
      ]),
    };
    for (const place of [EXPLORE, DASHBOARDS, dashboardPlace('x'), dashboard]) {
      expect(roundTrip(place)).toEqual(place);
      expect(isPagePath(pathOfPlace(place))).toBe(true);
    }
  });

  test('what is none of ours - is no path of the page', () => {
    for (const path of ['/d/', '/d/a/b', '/d/..', '/d/a%20b', '/dashboards/', '/none', '/db/x']) {
      expect([path, isPagePath(path)]).toEqual([path, false]);
    }
  });
});
