import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import { healthOf } from '@undertone/contracts/health';
import { registerByToken, registerUser, userExists } from '@undertone/contracts/identity/rpc';
import type { Insight, ToneMode } from '@undertone/contracts/insight/insight';
import { getInsight, listInsights, listModels } from '@undertone/contracts/insight/rpc';
import {
  type DeadLetter,
  discardDeadLetter,
  getDeadLetter,
  listDeadLetters,
  retryDeadLetter,
} from '@undertone/contracts/jobs/dead-letter';
import {
  cancelJob,
  cancelTask,
  getTask,
  type OwnedTask,
  retryJob,
  retryTask,
  type Task,
} from '@undertone/contracts/jobs/task';
import { compareSnapshots } from '@undertone/contracts/listening/comparison';
import { type HistoryQuestion, listHistory, type PlayedTrack } from '@undertone/contracts/listening/history';
import { getImport, listImports, type ShownImport } from '@undertone/contracts/listening/import';
import { getSnapshot, listSnapshots } from '@undertone/contracts/listening/rpc';
import type { Snapshot } from '@undertone/contracts/listening/snapshot';
import { listTop, type TopEntry } from '@undertone/contracts/listening/top';
import { listTrends, type Trend } from '@undertone/contracts/listening/trends';
import type { RpcDefinition } from '@undertone/contracts/rpc';
import { serviceNames } from '@undertone/contracts/service-name';
import {
  lendToken,
  listConnections,
  listTokenUses,
  removeConnection,
  storeTokens,
} from '@undertone/contracts/token/rpc';
import { newId } from '@undertone/platform/ids/ids';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { answer, type Reply } from '@undertone/platform/test-kit/answer';
import type { TestInfrastructure } from '@undertone/platform/test-kit/infrastructure';
import { exampleComparison, exampleModels } from './examples.js';

/** A question as it came: its subject and the trace it belongs to. */
export interface Question {
  readonly subject: string;
  readonly traceparent: string;
}

type Answerable = Pick<RpcDefinition, 'subject' | 'input' | 'output'>;

/**
 * The other processes: answers the contracts' questions on the same NATS server, in the packets of Nest's transport,
 * from what a test puts into the fields below.
 */
export class ServicesBehind {
  readonly users = new Map<string, string>();
  /** By user. */
  readonly timeZones = new Map<string, string>();
  /** By user. */
  readonly tones = new Map<string, ToneMode>();
  readonly snapshots: Snapshot[] = [];
  /** By user. */
  readonly plays = new Map<string, PlayedTrack[]>();
  readonly trends = new Map<string, Trend[]>();
  readonly tops = new Map<string, TopEntry[]>();
  readonly zonesAsked: string[] = [];
  readonly insights: Insight[] = [];
  readonly imports: ShownImport[] = [];
  readonly tasks = new Map<string, OwnedTask>();
  readonly deadLetters: DeadLetter[] = [];
  readonly questions: Question[] = [];
  private readonly subscriptions = new Map<string, Subscription>();

  private readonly connections = new Map<string, NatsConnection>();

  constructor(private readonly infrastructure: TestInfrastructure) {}

  /** Answers every question as a healthy service would. */
  async answerAll(): Promise<void> {
    for (const service of serviceNames) {
      this.connections.set(service, await this.infrastructure.connect({}, service));
    }
    for (const service of serviceNames) {
      const up = { status: 'up' } as const;
      this.subscribe(healthOf(service), () => ({ ...up, dependencies: { nats: up } }));
    }
    this.subscribe(registerUser, ({ spotify_user_id = 'nobody', display_name, time_zone: given }) => {
      const user_id = this.users.get(spotify_user_id) ?? newId();
      this.users.set(spotify_user_id, user_id);
      if (given) this.timeZones.set(user_id, given);
      const time_zone = this.timeZones.get(user_id) ?? null;
      const tone_mode = this.tones.get(user_id) ?? null;
      return {
        user_id,
        spotify_user_id,
        display_name,
        time_zone,
        tone_mode,
        created_at: '2026-11-23T10:00:00Z',
      };
    });
    this.subscribe(registerByToken, ({ access_token }) => {
      const user_id = this.users.get(access_token) ?? newId();
      this.users.set(access_token, user_id);
      return { user_id, time_zone: null, tone_mode: this.tones.get(user_id) ?? null };
    });
    this.subscribe(userExists, ({ user_id }) => ({
      exists: [...this.users.values()].includes(user_id),
      time_zone: this.timeZones.get(user_id) ?? null,
      tone_mode: this.tones.get(user_id) ?? null,
    }));
    this.subscribe(storeTokens, ({ user_id, scope }) => ({
      user_id,
      provider: 'spotify' as const,
      scopes: scope?.split(' ') ?? null,
      expires_at: '2026-11-23T11:00:00Z',
      stored_at: '2026-11-23T10:00:00Z',
    }));
    this.subscribe(lendToken, () => ({ kept: true }));
    this.subscribe(listConnections, () => ({
      connections: [
        {
          provider: 'spotify' as const,
          state: 'connected' as const,
          scopes: null,
          connected_at: '2026-11-23T10:00:00Z',
          ends_at: '2027-05-23T10:00:00Z',
          reauth_required_at: null,
        },
      ],
    }));
    this.subscribe(removeConnection, ({ provider }) => ({
      provider,
      removed_at: '2026-11-24T10:00:00Z',
      revoke_at: 'https://provider.example/apps',
    }));
    const use = {
      used_at: '2026-11-24T02:00:00Z',
      provider: 'spotify' as const,
      service: 'ingestion' as const,
      task_id: newId(),
      refreshed: true,
    };
    this.subscribe(listTokenUses, ({ limit, cursor }) => page([use, use], limit, cursor));
    this.subscribe(listSnapshots, ({ user_id, limit, cursor }) =>
      page(
        this.snapshots.filter((row) => row.user_id === user_id),
        limit,
        cursor,
      ),
    );
    this.subscribe(getSnapshot, ({ snapshot_id }) => ({
      snapshot: this.snapshots.find((row) => row.id === snapshot_id) ?? null,
    }));
    this.subscribe(compareSnapshots, ({ a, b }) => {
      const [from, to] = [a, b].map((id) => this.snapshots.find((row) => row.id === id));
      if (!from || !to || from.user_id !== to.user_id) return { comparison: null };
      return { comparison: exampleComparison(from, to) };
    });
    const zoned =
      <T>(rows: Map<string, T[]>) =>
      ({ user_id, time_zone, limit, cursor }: HistoryQuestion) => {
        this.zonesAsked.push(time_zone);
        return page(rows.get(user_id) ?? [], limit, cursor);
      };
    this.subscribe(listHistory, zoned(this.plays));
    this.subscribe(listTrends, zoned(this.trends));
    this.subscribe(listTop, zoned(this.tops));
    this.subscribe(getImport, ({ import_id }) => ({
      report: this.imports.find((row) => row.import_id === import_id) ?? null,
    }));
    this.subscribe(listImports, ({ user_id, limit, cursor }) =>
      page(
        this.imports.filter((row) => row.user_id === user_id),
        limit,
        cursor,
      ),
    );
    this.subscribe(listInsights, ({ user_id, limit, cursor }) =>
      page(
        this.insights.filter((row) => row.user_id === user_id),
        limit,
        cursor,
      ),
    );
    this.subscribe(getInsight, ({ insight_id }) => ({
      insight: this.insights.find((row) => row.id === insight_id) ?? null,
    }));
    this.subscribe(listModels, () => exampleModels);
    this.subscribe(listDeadLetters, ({ status, limit, cursor }) =>
      page(
        this.deadLetters.filter((letter) => letter.status === (status ?? letter.status)),
        limit,
        cursor,
      ),
    );
    const letter = (id: string): DeadLetter => {
      const found = this.deadLetters.find((one) => one.id === id);
      if (!found) throw new Refused('DEAD_LETTER_NOT_FOUND', 'there is no such dead letter');
      return found;
    };
    this.subscribe(getDeadLetter, ({ id }) => letter(id));
    this.subscribe(retryDeadLetter, ({ id }) => ({ task_id: letter(id).task_id ?? '' }));
    this.subscribe(discardDeadLetter, ({ id }) => ({ ...letter(id), status: 'discarded' as const }));
    this.subscribe(getTask, ({ task_id }) => ({ found: this.tasks.get(task_id) ?? null }));
    const task = (id: string): Task => {
      const found = this.tasks.get(id);
      if (!found) throw new Refused('TASK_NOT_FOUND', 'there is no such task');
      return found.task;
    };
    for (const cancel of [cancelTask, cancelJob])
      this.subscribe(cancel, ({ task_id }) => ({
        ...task(task_id),
        status: 'REVOKED' as const,
        result: null,
      }));
    for (const retry of [retryTask, retryJob])
      this.subscribe(retry, ({ task_id }) => ({ task_id: newId(), retry_of: task(task_id).task_id }));
    await this.flush();
  }

  /** Answers a question, in place of how it was answered before. */
  async answer<D extends Answerable>(definition: D, reply: Reply<D>): Promise<void> {
    this.subscribe(definition, reply);
    await this.flush();
  }

  private async flush(): Promise<void> {
    await Promise.all([...this.connections.values()].map((nats) => nats.flush()));
  }

  /** A question is answered by the service that it names. */
  private connectionOf({ subject }: Answerable): NatsConnection {
    const nats = this.connections.get(subject.split('.')[1] ?? '');
    if (!nats) throw new Error(`no service answers ${subject}`);
    return nats;
  }

  private subscribe<D extends Answerable>(definition: D, reply: Reply<D>): void {
    this.subscriptions.get(definition.subject)?.unsubscribe();
    const subscription = answer<D>(this.connectionOf(definition), definition, (question, message) => {
      const traceparent = message.headers?.get('traceparent') ?? '';
      this.questions.push({ subject: definition.subject, traceparent });
      return reply(question, message);
    });
    this.subscriptions.set(definition.subject, subscription);
  }

  /** Nobody answers any more, as when the service is down. */
  async silence({ subject }: Pick<RpcDefinition, 'subject'>): Promise<void> {
    this.subscriptions.get(subject)?.unsubscribe();
    this.subscriptions.delete(subject);
    await this.flush();
  }

  /** How often a question was asked. */
  asked({ subject }: Pick<RpcDefinition, 'subject'>): number {
    return this.questions.filter((question) => question.subject === subject).length;
  }
}

function page<T>(rows: readonly T[], limit: number, cursor: string | undefined) {
  const from = Number(cursor ?? 0);
  const next = from + limit < rows.length ? `${from + limit}` : null;
  return { items: rows.slice(from, from + limit), next };
}
