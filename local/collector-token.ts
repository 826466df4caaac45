/** The collector of `npm start` writes as any agent does: where a token is asked for, it gets one of its own. */
import { COLLECTOR_SETTINGS } from '@overseer/collector/settings';
import { createToken, digestOfToken, formatTokenLine, TokenGrant } from '@overseer/shared/access';
import { readSettings } from '@overseer/shared/settings';
import type { LocalSettings } from './settings.ts';

const NAME = 'collector of npm start';

export interface CollectorToken {
  /** Environment of all services: what they know of the token. */
  readonly services: Readonly<Record<string, string>>;
  /** Environment of the collector alone: the token itself. */
  readonly own: Readonly<Record<string, string>>;
}

/** Makes a token for as long as this start lasts; none where none is needed, or the operator has given one. */
export function prepareCollectorToken(settings: LocalSettings): CollectorToken {
  const { tokens, tokensFile, collector, collectorToken } = settings;
  const isGuarded = tokens !== undefined || tokensFile !== undefined;
  if (!isGuarded || collector === 'off' || collectorToken !== undefined) {
    return { services: {}, own: {} };
  }
  const token = createToken();
  const { database } = readSettings(COLLECTOR_SETTINGS);
  const rights = new Set(['write'] as const);
  const grant = new TokenGrant(NAME, digestOfToken(token), rights, new Set([database]));
  const lines = [...(tokens === undefined ? [] : [tokens]), formatTokenLine(grant)];
  return { services: { TOKENS: lines.join('\n') }, own: { INGRESS_TOKEN: token } };
}
