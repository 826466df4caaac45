import { type Bus, connectBus, type Logger, withoutSecrets } from '@overseer/shared';
import { Access, TOKENS_MAX } from '@overseer/shared/access';
import { Door } from './access/door.ts';
import { SessionSecret } from './access/session-secret.ts';
import { AnswerMemory } from './api/answer-memory.ts';
import { QueryApi } from './api/query-api.ts';
import { SharedAnswers } from './api/shared-answers.ts';
import { DASHBOARDS_MAX } from './dashboards/dashboard-shelf.ts';
import { Dashboards } from './dashboards/dashboards.ts';
import { DashboardsApi } from './dashboards/dashboards-api.ts';
import { LiveHub, type LiveTiming } from './live/live-hub.ts';
import { type FrontendLevels, FrontendMetrics } from './metrics.ts';
import { version } from './package.json' with { type: 'json' };
import { Questions } from './questions.ts';
import type { FrontendSettings } from './settings.ts';

/** A start without NATS is worth a word after this time. */
const CONNECT_WARNING_MS = 3000;

/** The service behind the HTTP server: asks the others on NATS. */
export class Frontend {
  readonly settings: FrontendSettings;
  readonly metrics: FrontendMetrics;
  readonly api: QueryApi;
  readonly answers: AnswerMemory;
  readonly live: LiveHub;
  readonly access: Access;
  readonly door: Door;
  readonly dashboards: Dashboards;
  readonly dashboardsApi: DashboardsApi;
  /** Requests of the API under way; counted by the server. */
  apiRequests = 0;
  readonly #log: Logger;
  readonly #secret: SessionSecret;
  readonly #questions: Questions;
  #bus: Bus | undefined;

  /**
   * @param timing of live connections, for tests
   * @throws SettingError when the tokens can't be read
   */
  constructor(settings: FrontendSettings, log: Logger, timing: Partial<LiveTiming> = {}) {
    this.settings = settings;
    this.#log = log;
    this.access = new Access(settings, log);
    this.metrics = new FrontendMetrics(this.#levels(), {
      ...settings,
      dashboardsMax: DASHBOARDS_MAX,
      tokensMax: TOKENS_MAX,
    });
    this.answers = new AnswerMemory(settings.answersBytesMax, () =>
      this.metrics.refusedRequests.inc({ limit: 'answers_bytes_max' }),
    );
    this.#questions = new Questions(() => this.#bus, this.metrics);
    this.#secret = new SessionSecret(log);
    this.door = new Door({
      access: this.access,
      secret: this.#secret,
      sessionLifetimeMs: settings.sessionLifetimeMs,
      allowedOrigins: settings.allowedOrigins ?? [],
      metrics: this.metrics,
      log,
    });
    const answers = new SharedAnswers({
      questions: this.#questions,
      memory: this.answers,
      onShared: () => this.metrics.sharedAnswers.inc(),
    });
    this.api = new QueryApi(this.#questions, answers, settings.defaultDatabase, version);
    this.live = new LiveHub(settings, this.#questions, this.metrics, log, timing);
    this.dashboards = new Dashboards({
      metrics: this.metrics,
      log,
      onChange: (saved) => this.live.tellDashboard(saved),
    });
    this.dashboardsApi = new DashboardsApi(
      this.dashboards,
      this.door,
      settings.allowedOrigins ?? [],
    );
    this.access.onChange(() => this.live.dismiss((grant) => !this.access.isCurrent(grant)));
  }

  /** Whether questions can be asked at all; the page is served besides. */
  get isReady(): boolean {
    return this.#bus?.connected ?? false;
  }

  /** Seconds since store and processor answered something; null: not yet. */
  get answeredSecondsAgo() {
    return this.#questions.answeredSecondsAgo;
  }

  /** Connects to NATS, waiting until it is there. @throws BusSetupError when the server is not fit */
  async start(): Promise<void> {
    const url = withoutSecrets(this.settings.natsUrl);
    const warning = setTimeout(
      () => this.#log.warn({ url }, 'NATS is not there; waiting for it'),
      CONNECT_WARNING_MS,
    );
    try {
      const bus = await connectBus({
        url: this.settings.natsUrl,
        name: 'frontend',
        log: this.#log,
      });
      // Before the first question, so that no update is missed after its answer.
      this.live.start(bus);
      this.dashboards.start(bus);
      if (!this.access.isOpen) this.#secret.start(bus);
      this.#bus = bus;
    } finally {
      clearTimeout(warning);
    }
    this.#log.info({ url }, 'connected to NATS');
  }

  /** Says goodbye to the pages and leaves NATS. */
  async stop(): Promise<void> {
    this.access.stop();
    this.#secret.stop();
    this.live.stop();
    this.dashboards.stop();
    await this.#bus?.close();
  }

  #levels(): FrontendLevels {
    return {
      ready: () => Number(this.isReady),
      apiRequests: () => this.apiRequests,
      answersBytes: () => this.answers.bytes,
      sockets: () => this.live.levels.sockets,
      subscriptions: () => this.live.levels.subscriptions,
      expressions: () => this.live.levels.expressions,
      points: () => this.live.levels.points,
      unsentBytes: () => this.live.levels.unsentBytes,
      evaluationsWaiting: () => this.live.levels.evaluationsWaiting,
      dashboards: () => this.dashboards.levels.dashboards,
      dashboardsUnreadable: () => this.dashboards.levels.dashboardsUnreadable,
      tokens: () => this.access.tokens,
      tokensRefused: () => this.access.reloadsRefused,
    };
  }
}
