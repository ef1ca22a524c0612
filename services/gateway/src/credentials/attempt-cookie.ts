import { PROVIDER_SIGN_IN_SECONDS } from '@undertone/contracts/sign-in/linked-account';
import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * Ties a sign-in that is at another site to the browser that began it, so that nobody can have somebody else's browser finish
 * theirs (RFC 9700, section 4.7). `Lax`, because the other site sends the browser back; with https its prefix keeps hosts beside this
 * one from setting it (RFC 6265bis, section 4.1.3.2).
 */
export class AttemptCookie {
  private readonly name: string;
  private readonly options;

  /** @param publicUrl where people reach the installation. */
  constructor(publicUrl: string) {
    const secure = publicUrl.startsWith('https:');
    this.name = secure ? '__Host-undertone-sign-in' : 'undertone-sign-in';
    this.options = { httpOnly: true, secure, sameSite: 'lax', path: '/' } as const;
  }

  read({ cookies }: FastifyRequest): string | undefined {
    return cookies[this.name];
  }

  set(reply: FastifyReply, attempt: string): void {
    reply.setCookie(this.name, attempt, { ...this.options, maxAge: PROVIDER_SIGN_IN_SECONDS });
  }

  clear(reply: FastifyReply): void {
    reply.clearCookie(this.name, this.options);
  }
}
