import { Inject, Injectable } from '@nestjs/common';
import type { InsightType, ToneMode } from '@undertone/contracts/insight/insight';
import { getSnapshot } from '@undertone/contracts/listening/rpc';
import type { Snapshot } from '@undertone/contracts/listening/snapshot';
import { PermanentJobError } from '@undertone/platform/jobs/job-errors';
import type { JobContext } from '@undertone/platform/jobs/job-handler';
import { RpcClient } from '@undertone/platform/rpc/rpc-client';
import type { Facts } from '../facts/facts.js';
import { gatherFacts } from '../facts/gather-facts.js';
import { type ChosenPrompt, PromptLibrary } from '../prompts/prompt-library.js';
import { insightTypes } from '../type-registry/insight-types.js';
import type { InsightTypeDefinition } from '../types/insight-type.js';

export type InsightJob = JobContext<{
  user_id: string;
  snapshot_id: string;
  insight_type: InsightType;
  tone_mode: ToneMode;
  fresh?: boolean | undefined;
  allow_names?: boolean | undefined;
  prompt_version?: string | undefined;
  replay?: { id: string; round: number } | undefined;
}>;

/** What is to be written, of what, and how. */
export interface InsightOrder {
  readonly job: InsightJob;
  readonly insightId: string;
  readonly type: InsightTypeDefinition;
  readonly facts: Facts;
  readonly prompt: ChosenPrompt;
}

/** Gathers what an insight is written from. */
@Injectable()
export class InsightOrders {
  constructor(
    @Inject(RpcClient) private readonly rpc: RpcClient,
    @Inject(PromptLibrary) private readonly prompts: PromptLibrary,
  ) {}

  /**
   * @throws {PermanentJobError} `SNAPSHOT_NOT_FOUND`, `PROMPT_VERSION_UNKNOWN`.
   * @throws {ServiceUnavailable | LogUnavailable}
   */
  async gather(job: InsightJob, insightId: string): Promise<InsightOrder> {
    const { insight_type: name, allow_names: allowNames = false } = job.payload;
    const type = insightTypes[name];
    const snapshot = await this.snapshot(job);
    const prompt = await this.promptOf(job);
    const tellsPeriod = prompt.version.variables.period !== undefined;
    const facts = await gatherFacts(this.rpc, type.uses, snapshot, { allowNames, tellsPeriod });
    return { job, insightId, type, facts, prompt };
  }

  /** The version that a job writes with, on every try of it and after its end. */
  promptOf({ userId, requestedAt, payload }: Pick<InsightJob, 'userId' | 'requestedAt' | 'payload'>) {
    const { insight_type: name, prompt_version: version } = payload;
    return this.prompts.resolve({ name, userId, at: requestedAt, version });
  }

  private async snapshot(job: InsightJob): Promise<Snapshot> {
    const { snapshot } = await this.rpc.ask(getSnapshot, { snapshot_id: job.payload.snapshot_id });
    if (!snapshot || snapshot.user_id !== job.userId) {
      throw new PermanentJobError('SNAPSHOT_NOT_FOUND', 'there is no such snapshot of this person');
    }
    return snapshot;
  }
}
