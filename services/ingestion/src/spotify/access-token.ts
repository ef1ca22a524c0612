import { createHash } from 'node:crypto';
import { accessToken } from '@undertone/contracts/token/rpc';
import { PermanentJobError, TransientJobError } from '@undertone/platform/jobs/job-errors';
import { Refused, type RpcClient } from '@undertone/platform/rpc/rpc-client';

/** A person's access token: asked for when it is first needed, and once more when the provider refuses it. */
export class AccessToken {
  private token: Promise<string> | undefined;
  private replaced = false;

  constructor(
    private readonly rpc: RpcClient,
    private readonly userId: string,
    /** What it is used for: people see it in the trail of uses. */
    private readonly taskId: string,
  ) {}

  async use<T>(work: (token: string) => Promise<T>): Promise<T> {
    this.token ??= this.ask();
    const token = await this.token;
    try {
      return await work(token);
    } catch (error) {
      if (this.replaced || !isRefusedToken(error)) throw error;
      // It may have been withdrawn before its time: told so, the token service gets another one.
      this.replaced = true;
      this.token = this.ask(createHash('sha256').update(token).digest('hex'));
      return work(await this.token);
    }
  }

  private async ask(rejected?: string): Promise<string> {
    try {
      const question = { user_id: this.userId, rejected_token_hash: rejected, task_id: this.taskId };
      return (await this.rpc.ask(accessToken, question)).access_token;
    } catch (error) {
      // The job waits for a service that is away, and no try counts.
      if (!(error instanceof Refused) || error.code === 'SERVICE_UNAVAILABLE') throw error;
      if (error.status >= 500) throw new TransientJobError(error.code, error.message);
      throw new PermanentJobError(error.code, error.message);
    }
  }
}

const isRefusedToken = (error: unknown): boolean =>
  error instanceof TransientJobError && error.code === 'PROVIDER_UNAUTHORIZED';

/** The person has linked no Spotify account. */
export const isNotLinked = (error: unknown): boolean =>
  error instanceof PermanentJobError && error.code === 'NOT_LINKED';
