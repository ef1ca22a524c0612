import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import { healthOf, serviceNames } from '@undertone/contracts/health';
import { registerUser, userExists } from '@undertone/contracts/identity/rpc';
import type { Insight } from '@undertone/contracts/insight/insight';
import { getInsight, listInsights } from '@undertone/contracts/insight/rpc';
import { getTask, type OwnedTask } from '@undertone/contracts/jobs/task';
import { getSnapshot, listSnapshots } from '@undertone/contracts/listening/rpc';
import type { Snapshot } from '@undertone/contracts/listening/snapshot';
import type { RpcDefinition } from '@undertone/contracts/rpc';
import { storeTokens } from '@undertone/contracts/token/rpc';
import { newId } from '@undertone/platform/ids/ids';
import { Refused } from '@undertone/platform/rpc/rpc-client';

/** A question as it came: its subject and the trace it belongs to. */
export interface Question {
  readonly subject: string;
  readonly traceparent: string;
}

/**
 * The other processes: answers the contracts' questions on the same NATS server, in the packets of Nest's transport,
 * from what a test puts into the fields below.
 */
export class ServicesBehind {
  readonly users = new Map<string, string>();
  readonly snapshots: Snapshot[] = [];
  readonly insights: Insight[] = [];
  readonly tasks = new Map<string, OwnedTask>();
  readonly questions: Question[] = [];
  private readonly subscriptions = new Map<string, Subscription>();

  constructor(private readonly nats: NatsConnection) {
    this.answerAll();
  }

  /** Answers every question as a healthy service would. */
  answerAll(): void {
    for (const service of serviceNames) {
      this.answer(healthOf(service), () => ({ status: 'up', dependencies: { nats: { status: 'up' } } }));
    }
    this.answer(registerUser, ({ spotify_user_id, display_name }) => {
      const user_id = this.users.get(spotify_user_id) ?? newId();
      this.users.set(spotify_user_id, user_id);
      return { user_id, spotify_user_id, display_name, created_at: '2026-11-23T10:00:00Z' };
    });
    this.answer(userExists, ({ user_id }) => ({ exists: [...this.users.values()].includes(user_id) }));
    this.answer(storeTokens, ({ user_id, scope }) => ({
      user_id,
      provider: 'spotify',
      scopes: scope.split(' '),
      expires_at: '2026-11-23T11:00:00Z',
      stored_at: '2026-11-23T10:00:00Z',
    }));
    this.answer(listSnapshots, ({ user_id, limit, cursor }) =>
      page(
        this.snapshots.filter((row) => row.user_id === user_id),
        limit,
        cursor,
      ),
    );
    this.answer(getSnapshot, ({ snapshot_id }) => ({
      snapshot: this.snapshots.find((row) => row.id === snapshot_id) ?? null,
    }));
    this.answer(listInsights, ({ user_id, limit, cursor }) =>
      page(
        this.insights.filter((row) => row.user_id === user_id),
        limit,
        cursor,
      ),
    );
    this.answer(getInsight, ({ insight_id }) => ({
      insight: this.insights.find((row) => row.id === insight_id) ?? null,
    }));
    this.answer(getTask, ({ task_id }) => ({ found: this.tasks.get(task_id) ?? null }));
  }

  /** Answers a question, in place of how it was answered before. */
  answer<I, O>(definition: RpcDefinition<I, O>, reply: (question: I) => NoInfer<O>): void {
    this.silence(definition);
    const subscription = this.nats.subscribe(definition.subject, {
      callback: (_error, message) => {
        const packet = message.json<{ id: string; data: unknown }>();
        const traceparent = message.headers?.get('traceparent') ?? '';
        this.questions.push({ subject: definition.subject, traceparent });
        let outcome: { response: O } | { err: object };
        try {
          outcome = { response: reply(definition.input.parse(packet.data)) };
        } catch (error) {
          const { code, status, message: why } = error as Refused;
          outcome = { err: { code, status, message: why } };
        }
        message.respond(JSON.stringify({ ...outcome, isDisposed: true, id: packet.id }));
      },
    });
    this.subscriptions.set(definition.subject, subscription);
  }

  /** Nobody answers any more, as when the service is down. */
  silence({ subject }: Pick<RpcDefinition, 'subject'>): void {
    this.subscriptions.get(subject)?.unsubscribe();
    this.subscriptions.delete(subject);
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
