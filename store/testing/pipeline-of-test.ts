import { afterEach } from 'bun:test';
import { type Pipeline, startPipeline } from './pipeline.ts';

/** For files whose tests have a pipeline each: starts one, which is stopped after the test. */
export function pipelineOfTest(): (settings?: Record<string, string>) => Promise<Pipeline> {
  let pipeline: Pipeline | undefined;
  afterEach(async () => {
    await pipeline?.stop();
    pipeline = undefined;
  });
  return async (settings) => {
    pipeline = await startPipeline(settings);
    return pipeline;
  };
}
