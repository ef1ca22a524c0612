import { accessToken } from '@undertone/contracts/token/rpc';
import { answer } from '@undertone/platform/test-kit/answer';
import type { TestInfrastructure } from '@undertone/platform/test-kit/infrastructure';

/** How the token service says no. */
export interface Refusal {
  code: string;
  status: number;
  message: string;
}

/** A token service that has a token for everyone, and says no where a test wants it to. */
export interface Tokens {
  /** Refuses a person's next questions, `times` of them. */
  refuse(userId: string, refusal: Refusal, times?: number): void;
  /** How often a person's token was asked for. */
  asked(userId: string): number;
  /** The hashes of refused tokens that came with a person's questions. */
  rejected(userId: string): string[];
}

type Connection = Awaited<ReturnType<TestInfrastructure['connect']>>;

export function tokenService(nats: Connection): Tokens {
  const refusals = new Map<string, Refusal[]>();
  const asked = new Map<string, number>();
  const rejected = new Map<string, string[]>();
  answer(nats, accessToken, ({ user_id, rejected_token_hash: hash }) => {
    if (hash) rejected.set(user_id, [...(rejected.get(user_id) ?? []), hash]);
    asked.set(user_id, (asked.get(user_id) ?? 0) + 1);
    const refusal = refusals.get(user_id)?.shift();
    if (refusal) throw refusal;
    return { access_token: `sim-access-${user_id}`, expires_at: '2100-01-01T00:00:00.000Z' };
  });
  return {
    refuse: (userId, refusal, times = 1) => {
      refusals.set(userId, Array<Refusal>(times).fill(refusal));
    },
    asked: (userId) => asked.get(userId) ?? 0,
    rejected: (userId) => rejected.get(userId) ?? [],
  };
}
