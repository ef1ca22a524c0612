import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { id } from '@undertone/contracts/id';
import type { Replay as ReplayAnswer } from '@undertone/contracts/replay/replay';
import type { ReplayReport } from '@undertone/contracts/replay/replay-report';
import {
  controlReplay,
  getReplay,
  getReplayReport,
  listReplays,
  type ReplayControl,
} from '@undertone/contracts/replay/rpc';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { momentKey } from '@undertone/platform/rpc/cursor-keys';
import { KeysetCursor } from '@undertone/platform/rpc/keyset-cursor';
import { fitting } from '@undertone/platform/rpc/page-bytes';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { z } from 'zod';
import { Replay, type ReplayRow } from '../replays/replay.entity.js';
import { ReplayDecisions } from '../replays/replay-decisions.js';
import { reportOnReplay } from './replay-report.js';
import { replayView } from './replay-view.js';

const PAGE = 100;

/** When the last replay of a page was requested, and its id. */
const cursors = new KeysetCursor('replays', z.object({ requested_at: momentKey, id }));

const before = ({ requested_at, id: last }: { requested_at: string; id: string }) => {
  const at = new Date(requested_at);
  return { $or: [{ requestedAt: { $lt: at } }, { requestedAt: at, id: { $lt: last } }] };
};

/** Answers operators' questions about replays, and carries out their decisions. */
@Controller()
export class ReplayQueries {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(ReplayDecisions) private readonly decisions: ReplayDecisions,
  ) {}

  @Answers(listReplays)
  async list(
    @Payload(asked(listReplays)) { cursor }: { cursor?: string },
  ): Promise<{ replays: ReplayAnswer[]; next: string | null }> {
    const em = this.orm.em.fork();
    const rows = await em.find(Replay, cursor === undefined ? {} : before(cursors.read(cursor)), {
      orderBy: { requestedAt: 'desc', id: 'desc' },
      limit: PAGE + 1,
    });
    const now = new Date();
    const shown: ReplayAnswer[] = [];
    for (const row of rows.slice(0, PAGE)) {
      shown.push(await replayView(em, row, now));
      // To count what a replay has done takes time: not for one that is not sent.
      if (fitting(shown) < shown.length) break;
    }
    const { items, next } = cursors.page(rows, shown, ({ requestedAt, id }) => ({
      requested_at: requestedAt.toISOString(),
      id,
    }));
    return { replays: items, next };
  }

  @Answers(getReplay)
  async get(
    @Payload(asked(getReplay)) question: { replay_id: string },
  ): Promise<{ replay: ReplayAnswer | null }> {
    const em = this.orm.em.fork();
    const row = await em.findOne(Replay, { id: question.replay_id });
    return { replay: row ? await replayView(em, row, new Date()) : null };
  }

  @Answers(getReplayReport)
  async report(
    @Payload(asked(getReplayReport)) question: { replay_id: string },
  ): Promise<{ report: ReplayReport | null }> {
    const em = this.orm.em.fork();
    const row = await em.findOne(Replay, { id: question.replay_id });
    return { report: row ? await reportOnReplay(em, row) : null };
  }

  @Answers(controlReplay)
  async control(
    @Payload(asked(controlReplay)) { replay_id: id, control }: { replay_id: string; control: ReplayControl },
  ): Promise<{ replay: ReplayAnswer }> {
    await this.carryOut(await this.row(id), control);
    return { replay: await replayView(this.orm.em.fork(), await this.row(id), new Date()) };
  }

  private async carryOut(replay: ReplayRow, control: ReplayControl): Promise<void> {
    switch (control.action) {
      case 'pause':
        return this.decisions.decide(replay.id, { type: 'pause', reason: 'operator' });
      case 'resume':
        return this.decisions.decide(replay.id, { type: 'resume', budget: control.budget });
      case 'cancel':
        if (replay.activatedSequence) throw refused('readers see it; roll it back instead');
        return this.decisions.decide(replay.id, { type: 'cancel' });
      case 'go':
        return this.decisions.decide(replay.id, { type: 'go' });
      case 'activate':
        return this.activate(replay, control.allow_failures);
      case 'rollback':
        return this.decisions.switch(replay, 'roll back');
      default:
        return control satisfies never;
    }
  }

  private activate(replay: ReplayRow, allowFailures: boolean): Promise<void> {
    if (replay.status !== 'completed') throw refused('it is not complete');
    const failed = replay.completed?.failed ?? 0;
    if (failed > 0 && !allowFailures) {
      const what =
        failed === 1 ? '1 snapshot keeps its old insight' : `${failed} snapshots keep their old insight`;
      throw refused(`${what}: resume it to try those again, or allow failures`);
    }
    return this.decisions.switch(replay, 'activate');
  }

  private async row(id: string): Promise<ReplayRow> {
    const row = await this.orm.em.fork().findOne(Replay, { id });
    if (!row) throw new Refused('REPLAY_NOT_FOUND', 'there is no such replay');
    return row;
  }
}

const refused = (why: string) => new Refused('REPLAY_STATE', `the replay cannot be changed so: ${why}`);
