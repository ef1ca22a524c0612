import type { Grant } from '@undertone/contracts/sign-in/session';
import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * The cookies of a browser's session. No script can read them, and they are sent to this host alone: with https that is what
 * their prefixes stand for (RFC 6265bis, section 4.1.3).
 */
export class SessionCookies {
  private readonly isSecure: boolean;

  /** @param publicUrl where people reach the installation. */
  constructor(publicUrl: string) {
    this.isSecure = publicUrl.startsWith('https:');
  }

  accessToken({ cookies }: FastifyRequest): string | undefined {
    return cookies[this.accessName];
  }

  refreshToken({ cookies }: FastifyRequest): string | undefined {
    return cookies[this.refreshName];
  }

  set(reply: FastifyReply, { access_token, expires_in, refresh_token, refresh_expires_in }: Grant): void {
    reply.setCookie(this.accessName, access_token, { ...this.access, maxAge: expires_in });
    reply.setCookie(this.refreshName, refresh_token, { ...this.refresh, maxAge: refresh_expires_in });
  }

  clear(reply: FastifyReply): void {
    reply.clearCookie(this.accessName, this.access);
    reply.clearCookie(this.refreshName, this.refresh);
  }

  private get accessName(): string {
    return this.isSecure ? '__Host-undertone-access' : 'undertone-access';
  }

  private get refreshName(): string {
    return this.isSecure ? '__Secure-undertone-refresh' : 'undertone-refresh';
  }

  private get access() {
    return { httpOnly: true, secure: this.isSecure, sameSite: 'lax', path: '/' } as const;
  }

  /** It is needed to refresh, and to sign out when the access token has ended. */
  private get refresh() {
    return { httpOnly: true, secure: this.isSecure, sameSite: 'strict', path: '/api/auth' } as const;
  }
}
