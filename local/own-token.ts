/** What `npm start` runs writes as any agent does: where a token is asked for, it gets one of its own. */
import { COLLECTOR_SETTINGS } from '@overseer/collector/settings';
import { createToken, digestOfToken, formatTokenLine, TokenGrant } from '@overseer/shared/access';
import { readSettings } from '@overseer/shared/settings';
import { SYSTEM_DATABASE } from '@overseer/shared/system-database';
import type { LocalSettings } from './settings.ts';

const NAME = 'npm start';

export interface OwnToken {
  /** Environment of all services: what they know of the token, and it itself where they write their own metrics with it. */
  readonly services: Readonly<Record<string, string>>;
  /** Environment of the collector besides. */
  readonly collector: Readonly<Record<string, string>>;
}

/** Makes a token for as long as this start lasts; none where none is needed, or the operator has given one. */
export function prepareOwnToken(settings: LocalSettings): OwnToken {
  const { tokens, tokensFile } = settings;
  const isGuarded = tokens !== undefined || tokensFile !== undefined;
  const isForCollector = settings.collector === 'on' && settings.collectorToken === undefined;
  const isForMetrics = settings.selfMetrics === 'on' && !hasSelfMetricsToken(settings);
  if (!isGuarded || !(isForCollector || isForMetrics)) return { services: {}, collector: {} };
  const token = createToken();
  const databases = new Set<string>();
  if (isForCollector) databases.add(readSettings(COLLECTOR_SETTINGS).database);
  if (isForMetrics) databases.add(SYSTEM_DATABASE);
  const grant = new TokenGrant(NAME, digestOfToken(token), new Set(['write']), databases);
  const lines = [...(tokens === undefined ? [] : [tokens]), formatTokenLine(grant)];
  return {
    services: {
      TOKENS: lines.join('\n'),
      ...(isForMetrics && { SELF_METRICS_TOKEN: token }),
    },
    collector: isForCollector ? { INGRESS_TOKEN: token } : {},
  };
}

/** One for an ingress elsewhere can only be the operator's. */
function hasSelfMetricsToken(settings: LocalSettings): boolean {
  const { selfMetricsToken, selfMetricsTokenFile, selfMetricsUrl } = settings;
  return [selfMetricsToken, selfMetricsTokenFile, selfMetricsUrl].some((one) => one !== undefined);
}
