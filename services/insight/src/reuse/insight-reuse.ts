import { Inject, Injectable } from '@nestjs/common';
import type { ToneMode } from '@undertone/contracts/insight/insight';
import type { JobContext } from '@undertone/platform/jobs/job-handler';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import type { Facts } from '../facts/facts.js';
import { LanguageModels } from '../language-models/language-models.js';
import type { InsightTypeDefinition } from '../types/insight-type.js';
import { InsightClaims } from './insight-claims.js';
import { type ReuseKey, reuseKeyOf } from './reuse-key.js';
import type { ReuseSettings } from './reuse-settings.js';
import { type Reusable, StoredInsights } from './stored-insights.js';

/** All that an insight follows from, but the model. */
export interface Wanted {
  readonly userId: string;
  readonly type: InsightTypeDefinition;
  readonly tone: ToneMode;
  readonly facts: Facts;
  readonly promptHash: string;
  /** The model that the prompt asks for; null leaves it to the settings. */
  readonly promptModel: string | null;
}

/** What to do in either case; both give the id of the insight that the person gets. */
export interface Ways {
  give(found: Reusable): Promise<string>;
  write(): Promise<string>;
}

/** Gives what is stored in place of writing the same again. */
@Injectable()
export class InsightReuse {
  constructor(
    @Inject(StoredInsights) private readonly stored: StoredInsights,
    @Inject(InsightClaims) private readonly claims: InsightClaims,
    @Inject(LanguageModels) private readonly models: LanguageModels,
    @Inject(SETTINGS) private readonly settings: ReuseSettings,
  ) {}

  /** The key under which an insight of this model is stored; absent: by the built-in templates. */
  keyOf(wanted: Wanted, modelId: string | undefined): ReuseKey {
    return reuseKeyOf({ ...wanted, type: wanted.type.name, model: this.models.identityOf(modelId) });
  }

  /** Gives what fits, or has it written; of many that want the same at once, one has it written. */
  async orElse(
    wanted: Wanted,
    job: Pick<JobContext<{ fresh?: boolean | undefined }>, 'jobId' | 'lane' | 'signal' | 'payload'>,
    ways: Ways,
  ): Promise<{ insight_id: string; reused: boolean }> {
    if (job.payload.fresh) return { insight_id: await ways.write(), reused: false };
    // What a model that stood in wrote is not given for the one that is wanted.
    const key = this.keyOf(wanted, this.models.orderFor(wanted.promptModel)[0]?.id);
    const given = async (found: Reusable) => ({ insight_id: await ways.give(found), reused: true });
    const find = () => this.find(key, wanted, job.lane);
    const found = await find();
    if (found) return given(found);
    let meanwhile: Reusable | undefined;
    const { insightId, byOther } = await this.claims.once(key.key, job.jobId, job.signal, async () => {
      // It may have been written between the look and the claim.
      meanwhile = await find();
      return meanwhile ? ways.give(meanwhile) : ways.write();
    });
    if (!byOther) return { insight_id: insightId, reused: meanwhile !== undefined };
    const theirs = await this.stored.byId(insightId, wanted.type, wanted.facts);
    return theirs ? given(theirs) : { insight_id: await ways.write(), reused: false };
  }

  private async find(key: ReuseKey, { type, facts }: Wanted, lane: string): Promise<Reusable | undefined> {
    const same = await this.stored.same(key, type, facts);
    if (same) return same;
    const { INSIGHT_NEAR_REUSE: near } = this.settings;
    if (near === 'off' || (near === 'bulk' && lane !== 'bulk')) return undefined;
    return this.stored.near(key, type, facts, new Date());
  }
}
