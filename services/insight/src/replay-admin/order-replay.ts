import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { canonicalJson } from '@undertone/contracts/canonical-json';
import { consumers } from '@undertone/contracts/consumers';
import { type PromptVersion, promptVersionText } from '@undertone/contracts/prompt/prompt';
import { isReplayOver, type ReplayOrder, type ReplayOrdered } from '@undertone/contracts/replay/replay';
import { orderReplay } from '@undertone/contracts/replay/rpc';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { derivedId } from '@undertone/platform/ids/ids';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import { LanguageModels } from '../language-models/language-models.js';
import { labelled } from '../prompts/prompt.js';
import { PromptLog } from '../prompts/prompt-log.js';
import { unknownVersion } from '../prompts/prompt-rejections.js';
import { Replay, type ReplayRow } from '../replays/replay.entity.js';
import { ReplayDecisions } from '../replays/replay-decisions.js';
import { estimateReplay } from './replay-estimate.js';
import { replayView } from './replay-view.js';
import { replayWarnings } from './replay-warnings.js';

interface Question {
  readonly order: ReplayOrder;
  readonly dry_run: boolean;
  readonly idempotency_key?: string | undefined;
}

/** Takes an operator's order: says what it would take, and begins it unless it is a dry run. */
@Controller()
export class OrderReplay {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(ProjectionProgress) private readonly progress: ProjectionProgress,
    @Inject(PromptLog) private readonly prompts: PromptLog,
    @Inject(ReplayDecisions) private readonly decisions: ReplayDecisions,
    @Inject(LanguageModels) private readonly models: LanguageModels,
  ) {}

  @Answers(orderReplay)
  async order(@Payload(asked(orderReplay)) question: Question): Promise<ReplayOrdered> {
    const { order, dry_run } = question;
    const { version, inUse } = await this.version(order);
    const em = this.orm.em.fork();
    const scope = {
      insightType: order.insight_type,
      filter: order.filter,
      through: await this.progress.sequence(consumers.knownSnapshots),
    };
    const characters = version.messages.reduce((sum, { content }) => sum + content.length, 0);
    const atOnce = Math.min(order.window, await this.slots());
    const estimate = await estimateReplay(em, scope, characters, atOnce);
    const warnings = replayWarnings(order, version, { inUse, models: this.models.configured });
    if (dry_run) return { dry_run, estimate, warnings, replay: null };

    const id = await this.idOf(question);
    const requested = {
      ...order,
      replay_id: id,
      prompt_number: version.number,
      requested_at: new Date().toISOString(),
    };
    await this.decisions.decide(id, { type: 'order', order: requested });
    const row = await this.orm.em.fork().findOneOrFail(Replay, { id });
    return { dry_run, estimate, warnings, replay: await replayView(this.orm.em.fork(), row, new Date()) };
  }

  private async version({
    insight_type: name,
    prompt_version: text,
  }: ReplayOrder): Promise<{ version: PromptVersion; inUse: boolean }> {
    const state = await this.prompts.state(name);
    const { versions } = state;
    const version = versions.find(({ number }) => promptVersionText(name, number) === text);
    if (!version) throw unknownVersion('prompt_version', versions.length);
    return { version, inUse: labelled(state, 'production') === version.number };
  }

  /** With a key, the key's; else the order's own, which is a new one once the replay of it is over. */
  private async idOf({ order, idempotency_key }: Question): Promise<string> {
    if (idempotency_key !== undefined) return derivedId('replay', idempotency_key);
    const text = canonicalJson({
      ...order,
      canary: order.canary,
      filter: JSON.stringify(order.filter),
      budget: JSON.stringify(order.budget),
    });
    for (let nth = 1; ; nth += 1) {
      const id = derivedId('replay', text, String(nth));
      const row = await this.orm.em.fork().findOne(Replay, { id });
      if (!row || !isOver(row)) return id;
    }
  }

  /** Bulk jobs that all replicas together run at once, as the server knows them. */
  private async slots(): Promise<number> {
    const { stream, name } = consumers['insight-insights-bulk'];
    const { num_waiting, num_ack_pending } = await this.store.manager.consumers.info(stream, name);
    return num_waiting + num_ack_pending;
  }
}

const isOver = (row: ReplayRow): boolean =>
  row.activatedSequence !== null ||
  row.rolledBack ||
  (row.status !== 'completed' && isReplayOver(row.status));
