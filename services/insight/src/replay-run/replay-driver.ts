import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import { generateInsight } from '@undertone/contracts/jobs/generate-insight';
import { type Appended, EventStore } from '@undertone/platform/event-store/event-store';
import { derivedId } from '@undertone/platform/ids/ids';
import { requestDerivedJob } from '@undertone/platform/jobs/request-job';
import type { Logger } from '@undertone/platform/logging/logger';
import { Repeated } from '@undertone/platform/nest/repeated';
import { LOGGER } from '@undertone/platform/nest/tokens';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import { LanguageModels } from '../language-models/language-models.js';
import { Replay, type ReplayRow } from '../replays/replay.entity.js';
import { ReplayDecisions } from '../replays/replay-decisions.js';
import { replayUse } from '../spending/replay-spending.js';
import { heldUntil, requestedThrough, tallyReplay } from './replay-tally.js';
import { callsOfOne, roomInBudget } from './room-in-budget.js';
import { type Scope, type WantedSnapshot, wantedCanary, wantedSnapshots } from './wanted-snapshots.js';

const IDLE_MS = 500;
const BUSY_MS = 50;
/** Jobs that are requested before it looks at the budget and at pauses again. */
const BATCH = 50;
/** Snapshots of a canary that are looked up at once, because each look goes through all. */
const CANARY_BATCH = 5_000;

/** Ends when what was requested counts. */
type Wait = () => Promise<void>;

/**
 * Takes every running replay forward: requests jobs while the window and the budget have room, and decides when the
 * canary or the whole is written. Any replica does it, one at a time; all it knows is in read models, so whoever goes on
 * after another died goes on where that one was.
 */
@Injectable()
export class ReplayDriver extends Repeated {
  /** By replay, LISTENING sequence up to which everything was requested; a short cut that is lost with the process. */
  private readonly requested = new Map<string, number>();
  /**
   * By replay, the LISTENING sequence at which its filter ends: the log's end when everything was requested for the first
   * time. What arrives later is out of it, or a replay would not end while snapshots arrive.
   */
  private readonly ends = new Map<string, number>();
  /** By replay, what of its canary is still to be requested; lost with the process, and asked for again. */
  private readonly canaries = new Map<string, WantedSnapshot[]>();

  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(ProjectionProgress) private readonly progress: ProjectionProgress,
    @Inject(ReplayDecisions) private readonly decisions: ReplayDecisions,
    @Inject(LanguageModels) private readonly models: LanguageModels,
    @Inject(LOGGER) log: Logger,
  ) {
    super(log, 'replays could not be taken forward, trying again', IDLE_MS);
  }

  protected override async once(): Promise<number> {
    return (await this.turn()) ? BUSY_MS : IDLE_MS;
  }

  /** @returns whether anything was done. */
  private async turn(): Promise<boolean> {
    const { moved, waits } = await this.turnAlone();
    // After the turn, which would hold a connection and keep the other replicas from theirs. Whoever does not see these jobs yet
    // requests the same ones.
    for (const wait of waits) await wait();
    return moved;
  }

  private turnAlone(): Promise<{ moved: boolean; waits: readonly Wait[] }> {
    const waits: Wait[] = [];
    return this.orm.em.fork().transactional(async (em) => {
      // Freed with the connection, so a replica that dies leaves it to the next.
      const [turn]: { mine: boolean }[] = await em.execute(
        `select pg_try_advisory_xact_lock(hashtext('insight: replay driver')) as mine`,
      );
      if (!turn?.mine) return { moved: false, waits };
      const replays = await em.find(Replay, {
        $or: [{ status: 'running' }, { status: 'completed', activatedSequence: null, rolledBack: false }],
      });
      const running = new Set(replays.filter(({ status }) => status === 'running').map(({ id }) => id));
      for (const kept of [this.ends, this.canaries]) {
        for (const id of kept.keys()) if (!running.has(id)) kept.delete(id);
      }
      let moved = false;
      for (const replay of replays) {
        if (this.signal.aborted) break;
        moved = (await this.takeForward(replay, waits)) || moved;
        // The server ends a session that is idle for long; if it did, the turn is another's.
        await em.execute('select 1');
      }
      return { moved, waits };
    });
  }

  private async takeForward(replay: ReplayRow, waits: Wait[]): Promise<boolean> {
    if (replay.status === 'running') return this.request(replay, this.orm.em.fork(), waits);
    const isClean = replay.completed?.failed === 0;
    if (replay.order.activate === 'by_hand' || !isClean) return false;
    await this.decisions.switch(replay, 'activate', true);
    this.log.info({ replay_id: replay.id }, 'replay activated');
    return true;
  }

  private async request(replay: ReplayRow, em: EntityManager, waits: Wait[]): Promise<boolean> {
    const { order, budget } = replay;
    const known = await this.progress.sequence(consumers.knownSnapshots);
    const through = this.ends.get(replay.id) ?? known;
    if (await heldUntil(em, replay.id, new Date())) return false;
    const { underWay } = await tallyReplay(em, replay.id);
    const free = order.window - underWay;
    if (free <= 0) return false;
    const used = await replayUse(em, replay.id);
    const room = roomInBudget(budget, used, underWay, callsOfOne(this.models.configured));
    const limit = Math.min(BATCH, free, Math.max(room, 1));

    const scope = { insightType: order.insight_type, filter: order.filter, through };
    const wanted = await this.wanted(replay, em, scope, { limit, underWay });
    if (wanted.length > 0) {
      if (room >= 1) {
        waits.push(await this.requestJobs(replay, wanted));
        return true;
      }
      // What is under way may take less than was set aside for it.
      if (underWay > 0) return false;
      await this.decisions.pauseForBudget(replay.id);
      this.log.warn({ replay_id: replay.id }, 'replay paused: its budget is used');
      return true;
    }
    return this.conclude(replay, em, known);
  }

  /** The next to request. Looking through all is long, so while some are under way only what is new is looked at. */
  private async wanted(
    replay: ReplayRow,
    em: EntityManager,
    scope: Scope,
    page: { readonly limit: number; readonly underWay: number },
  ): Promise<WantedSnapshot[]> {
    const { limit, underWay } = page;
    if (replay.phase === 'canary') return this.wantedOfCanary(replay, em, scope, page);
    const key = keyOf(replay);
    const after = this.requested.get(key) ?? 0;
    let next = await wantedSnapshots(em, scope, replay, { after, limit });
    // Before it is said that there is no more: a snapshot may have come into the filter behind the short cut.
    if (next.length === 0 && after > 0 && underWay === 0) {
      next = await wantedSnapshots(em, scope, replay, { after: 0, limit });
    }
    if (next.length === 0) this.requested.set(key, Math.max(after, scope.through));
    return next;
  }

  private async wantedOfCanary(
    replay: ReplayRow,
    em: EntityManager,
    scope: Scope,
    { limit, underWay }: { readonly limit: number; readonly underWay: number },
  ): Promise<WantedSnapshot[]> {
    const { id, round, order } = replay;
    let queue = this.canaries.get(id) ?? [];
    if (queue.length === 0 && underWay === 0) {
      queue = await wantedCanary(em, scope, { id, round, share: order.canary ?? 1 }, CANARY_BATCH);
    }
    this.canaries.set(id, queue);
    return queue.slice(0, limit);
  }

  /** @returns what waits until they count: the window is counted in the read model. */
  private async requestJobs(replay: ReplayRow, wanted: readonly WantedSnapshot[]): Promise<Wait> {
    const requests = await Promise.all(wanted.map((snapshot) => this.requestJob(replay, snapshot)));
    const sequence = Math.max(...requests.map((request) => request?.sequence ?? 0));
    return async () => {
      await this.progress.reached(consumers.replayItems, sequence, this.signal);
      if (replay.phase === 'rest') this.requested.set(keyOf(replay), wanted.at(-1)?.sequence ?? 0);
      else this.canaries.set(replay.id, this.canaries.get(replay.id)?.slice(wanted.length) ?? []);
    };
  }

  // The same replay, snapshot and round are the same job, however often it is asked for.
  private requestJob(
    { id, round, order }: ReplayRow,
    snapshot: WantedSnapshot,
  ): Promise<Appended | undefined> {
    return requestDerivedJob(this.store, generateInsight, {
      jobId: derivedId('replay', id, snapshot.id, String(round)),
      payload: {
        user_id: snapshot.userId,
        snapshot_id: snapshot.id,
        insight_type: order.insight_type,
        tone_mode: snapshot.tone,
        prompt_version: order.prompt_version,
        replay: { id, round },
      },
      lane: 'bulk',
      source: 'insight',
      causationId: id,
    });
  }

  private async conclude(replay: ReplayRow, em: EntityManager, known: number): Promise<boolean> {
    const end = replay.phase === 'rest' ? this.ends.get(replay.id) : known;
    if (end === undefined) {
      this.ends.set(replay.id, await this.endOfSnapshots());
      return true;
    }
    // Snapshots that the log has and the read model not yet are in the filter, too.
    if (known < end) return false;
    // Counted after nothing was found to be missing: what was requested meanwhile is in it.
    const { underWay, written, failed } = await tallyReplay(em, replay.id);
    if (underWay > 0) return false;
    const requested = await requestedThrough(em, replay.id);
    if (replay.phase === 'rest' && requested > end) {
      // Another replica, which took a turn between two of this one's, saw the end later.
      this.ends.set(replay.id, requested);
      return true;
    }
    if (replay.phase === 'canary') {
      await this.decisions.decide(replay.id, { type: 'canary written', written, failed });
      this.log.info({ replay_id: replay.id, written, failed }, 'replay waits for a go');
      return true;
    }
    await this.decisions.decide(replay.id, { type: 'complete', written, failed, through: end });
    this.log.info({ replay_id: replay.id, written, failed }, 'replay complete');
    return true;
  }

  private async endOfSnapshots(): Promise<number> {
    const { stream, filters } = consumers.knownSnapshots;
    return (await this.store.last(stream, filters[0] ?? ''))?.sequence ?? 0;
  }
}

const keyOf = ({ id, round }: ReplayRow): string => `${id} ${round}`;
