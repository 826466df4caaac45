import { opentelemetry } from '@elysiajs/opentelemetry';
import { HTTP_SCOPE } from './cleaning-processor.ts';

/** Makes the server span of each request, with the provider that is there. */
export function httpPlugin() {
  return opentelemetry({ serviceName: HTTP_SCOPE });
}
