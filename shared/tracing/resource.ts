import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { ownInstance } from '../instance.ts';
import { VERSION } from '../version.ts';

/** Who speaks, in traces and in logs; the environment may know better (`OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`). */
export function resourceOf(service: string) {
  return resourceFromAttributes({
    'service.namespace': 'overseer',
    'service.name': `overseer-${service}`,
    'service.instance.id': ownInstance(),
    'process.pid': process.pid,
    'service.version': VERSION,
  }).merge(detectResources({ detectors: [envDetector] }));
}
