import {
  type LlmSimulator,
  type LlmSimulatorOptions,
  startLlmSimulator,
} from '@undertone/simulators/llm/server';
import { type Harness, startHarness } from './harness.js';

/** The insight service as in `startHarness`, which writes with a simulated model of its own. */
export interface ModelHarness {
  readonly simulator: LlmSimulator;
  readonly harness: Harness;
  stop(): Promise<void>;
}

export async function startModelHarness(
  settings: Record<string, string> = {},
  options: LlmSimulatorOptions = {},
): Promise<ModelHarness> {
  const simulator = await startLlmSimulator(options);
  const harness = await startHarness({
    INSIGHT_ENGINE: 'openai',
    OPENAI_BASE_URL: `${simulator.url}/v1`,
    OPENAI_API_KEY: 'test-key',
    LLM_MODEL: 'undertone-sim-1',
    ...settings,
  });
  harness.onStop(() => simulator.close());
  return { simulator, harness, stop: () => harness.stop() };
}
