import { Controller, Inject } from '@nestjs/common';
import { sendWebhook, type WebhookMessage } from '@undertone/contracts/jobs/upkeep';
import { PermanentJobError, TransientJobError } from '@undertone/platform/jobs/job-errors';
import type { JobContext } from '@undertone/platform/jobs/job-handler';
import { HandlesJob } from '@undertone/platform/nest/jetstream-handlers';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import { addressRefusal, guardedFetch } from '@undertone/platform/outbound/guarded-fetch';
import type { SchedulerSettings } from '../settings.js';
import { signedHeaders } from '../webhook-signature.js';

/** What the other side gets to answer. */
const ANSWER_MS = 15_000;

/** Tells the webhook of the settings: at least once, with an id by which it knows what it was told before. */
@Controller()
export class SendWebhookJob {
  private readonly fetch: ReturnType<typeof guardedFetch>;

  constructor(@Inject(SETTINGS) private readonly settings: SchedulerSettings) {
    this.fetch = guardedFetch({ allowed: settings.OUTBOUND_ALLOWED });
  }

  @HandlesJob(sendWebhook)
  async run({ payload, signal }: JobContext<{ message: WebhookMessage }>): Promise<{ status: number }> {
    const { WEBHOOK_URL: url, WEBHOOK_SECRET: secret } = this.settings;
    if (!url || !secret) throw new PermanentJobError('WEBHOOK_OFF', 'the settings name no webhook any more');
    const { id, ...told } = payload.message;
    const body = JSON.stringify(told);
    const headers = {
      'content-type': 'application/json',
      ...signedHeaders(secret, { id, sentAt: new Date(), body }),
    };
    const status = await this.post(url, { headers, body }, signal);
    if (status >= 200 && status < 300) return { status };
    if (status === 410) throw new PermanentJobError('WEBHOOK_GONE', 'the webhook answered 410: it is gone');
    throw unavailable(`answered ${status}`);
  }

  private async post(
    url: string,
    said: { headers: Record<string, string>; body: string },
    signal: AbortSignal,
  ): Promise<number> {
    const late = AbortSignal.timeout(ANSWER_MS);
    try {
      // Where it leads on to is nobody's word in the settings.
      const answer = await this.fetch(url, {
        method: 'POST',
        ...said,
        redirect: 'manual',
        signal: AbortSignal.any([signal, late]),
      });
      await answer.body?.cancel();
      return answer.status;
    } catch (error) {
      signal.throwIfAborted();
      if (addressRefusal(error)) {
        throw new PermanentJobError(
          'ADDRESS_REFUSED',
          'WEBHOOK_URL is no public address on port 80 or 443, and not in OUTBOUND_ALLOWED',
          { cause: error },
        );
      }
      throw unavailable(
        late.aborted ? `did not answer within ${ANSWER_MS / 1_000} s` : 'could not be reached',
      );
    }
  }
}

const unavailable = (why: string) => new TransientJobError('WEBHOOK_UNAVAILABLE', `the webhook ${why}`);
