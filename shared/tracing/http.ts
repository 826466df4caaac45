import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { type AnyElysia, Elysia } from 'elysia';
import { originOfRequest } from './propagation.ts';
import type { Telemetry } from './telemetry.ts';
import { runningTelemetry } from './tracing.ts';

export interface HttpTracingOptions {
  /** Puts the routes on an app. Called twice when tracing is on, so it must not start anything. */
  readonly build: (app: Elysia) => AnyElysia;
  /**
   * Which requests may be recorded; others are not even counted by the sampler. Not those that become WebSockets, nor those that no route
   * takes, of which the plugin tells a wrong status.
   */
  readonly wants: (request: Request) => boolean;
}

/**
 * The app of an HTTP service, with a server span for each request that is recorded; within a handler it is above the active span. When
 * tracing is off this is a plain Elysia with the routes. Else it has a twin with OpenTelemetry's plugin, which is handed the requests that are
 * recorded: the plugin makes every request of its app dearer, recorded or not.
 */
export function tracedApp({ build, wants }: HttpTracingOptions): AnyElysia {
  const app = new Elysia();
  const telemetry = runningTelemetry();
  if (!telemetry?.httpPlugin) return build(app);
  const { httpPlugin } = telemetry;
  const twin = build(
    new Elysia().use(httpPlugin()).onAfterHandle({ as: 'global' }, ({ responseValue, set }) => {
      // The plugin takes the status from here, and not from a response.
      if (responseValue instanceof Response) set.status = responseValue.status;
    }),
  );
  app.wrap((handle, request) => {
    if (!wants(request)) return handle;
    const parent = parentOf(request, telemetry);
    if (!parent) return handle;
    return (received: Request) => {
      twin.server = app.server;
      return context.with(parent, () => twin.fetch(received));
    };
  });
  return build(app);
}

/** The context that a request comes in, undefined when it is not recorded. */
function parentOf({ headers }: Request, { sampling }: Telemetry) {
  const origin = originOfRequest(headers);
  if (!origin) return sampling.root() ? ROOT_CONTEXT : undefined;
  return sampling.remote(origin) ? trace.setSpanContext(ROOT_CONTEXT, origin) : undefined;
}
