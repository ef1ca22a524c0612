import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import type { Logger } from '@undertone/platform/logging/logger';
import { LOGGER, SETTINGS } from '@undertone/platform/nest/tokens';
import { createTransport, type Transporter } from 'nodemailer';
import type { IdentitySettings } from '../settings.js';

/** Longer than any server should take, in milliseconds. */
const TIMEOUT_MS = 20_000;

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Sends mail, where `SMTP_URL` says by which server. */
@Injectable()
export class Mailer implements BeforeApplicationShutdown {
  private readonly transport: Transporter | undefined;
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    @Inject(SETTINGS) private readonly settings: IdentitySettings,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    const { SMTP_URL: url } = settings;
    const timeouts = {
      connectionTimeout: TIMEOUT_MS,
      greetingTimeout: TIMEOUT_MS,
      socketTimeout: TIMEOUT_MS,
    };
    this.transport = url === undefined ? undefined : createTransport({ url, ...timeouts });
  }

  get isOn(): boolean {
    return this.transport !== undefined;
  }

  /**
   * Writes a mail of plain text and sends it, without being waited for: how long that takes would tell whether there is somebody to send
   * it to. One that cannot be sent is lost, and said in the log without its address.
   */
  send(write: () => Promise<Mail | undefined>): void {
    const { SMTP_FROM: from } = this.settings;
    const sending = write()
      .then(async (mail) => mail && this.transport?.sendMail({ from, ...mail }))
      .then(
        () => undefined,
        (error: { code?: string; responseCode?: number }) => {
          const { code, responseCode } = error;
          this.log.error({ code, response_code: responseCode }, 'a mail could not be sent');
        },
      );
    this.underWay.add(sending);
    void sending.finally(() => this.underWay.delete(sending));
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.underWay);
    this.transport?.close();
  }
}
