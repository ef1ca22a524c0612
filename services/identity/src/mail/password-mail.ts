/** What is sent to somebody who forgot their password. */
export const passwordMail = (publicUrl: string, code: string, expiresAt: Date): string =>
  `Somebody asked for a new password for your account at ${publicUrl}.

With this code you set one, once, until ${expiresAt.toISOString().slice(0, 16).replace('T', ' ')} UTC:

  ${code}

  curl -s ${publicUrl}/api/auth/password -H 'content-type: application/json' \\
    -d '{"code":"${code}","password":"<a long one>"}'

If it was not you, there is nothing to do: without the code your password stays as it is.
`;
