import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { anonymous } from '@undertone/contracts/access/principal';
import { createPasswordCode, mailPasswordCode, setPassword } from '@undertone/contracts/sign-in/rpc';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beside, lockUser } from './held.js';
import { admin, code, PASSWORD, People } from './people.js';
import { type RunningIdentity, runIdentity } from './running-identity.js';

const PUBLIC_URL = 'https://undertone.example.org';
const mails: { from: string; to: string[]; text: string }[] = [];
let smtp: SMTPServer;
let isRefusing = false;
let identity: RunningIdentity;
let people: People;

beforeAll(async () => {
  smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onMailFrom: (_from, _session, done) => done(isRefusing ? new Error('no mail today') : undefined),
    onData(stream, { envelope }, done) {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        const from = envelope.mailFrom ? envelope.mailFrom.address : '';
        mails.push({
          from,
          to: envelope.rcptTo.map(({ address }) => address),
          // Long lines are broken softly (RFC 2045, section 6.7).
          text: Buffer.concat(parts)
            .toString()
            .replaceAll(/=\r?\n/g, ''),
        });
        done();
      });
    },
  });
  smtp.listen(0, '127.0.0.1');
  await once(smtp.server, 'listening');
  const { port } = smtp.server.address() as AddressInfo;
  identity = await runIdentity([], {
    PUBLIC_URL,
    SMTP_URL: `smtp://127.0.0.1:${port}`,
    SMTP_FROM: 'undertone@example.org',
  });
  people = new People(identity);
});
afterAll(async () => {
  await identity.stop();
  await new Promise<void>((resolve) => smtp.close(() => resolve()));
});

const forgot = (email: string, address = '192.0.2.1') =>
  identity.ask(mailPasswordCode, { email, address }, anonymous);

const codeIn = (text = '') => /^ {2}([\w-]{43})\r?$/m.exec(text)?.[1] ?? '';

describe('a forgotten password', () => {
  it('is replaced by the code that is sent to its address', async () => {
    const { email, user_id } = await people.join();
    expect(await forgot(email.toUpperCase())).toEqual({});
    await eventually('the mail is there', async () => mails.length === 1);
    const [mail] = mails.splice(0);
    expect(mail).toMatchObject({ from: 'undertone@example.org', to: [email] });
    expect(mail?.text).toContain(PUBLIC_URL);
    const sent = codeIn(mail?.text);
    const password = 'violet harbour comet 3';
    const set = { code: sent, password, address: '192.0.2.1' };
    expect(await identity.ask(setPassword, set, anonymous)).toEqual({ user_id });
    expect((await people.enter(email, password)).user_id).toBe(user_id);
    await expect(people.enter(email)).rejects.toEqual(code('SIGN_IN_FAILED'));
  });

  it('is answered the same for an address that nobody has, and nothing is sent', async () => {
    expect(await forgot('nobody@example.org')).toEqual({});
    const { email } = await people.join();
    await forgot(email);
    await eventually('the other mail is there', async () => mails.length === 1);
    expect(mails.splice(0)).toMatchObject([{ to: [email] }]);
  });

  it('is answered before anybody is looked for, so that it takes as long for everybody', async () => {
    const { email, user_id } = await people.join();
    expect(await beside(identity, lockUser(user_id), () => forgot(email))).toEqual({});
    await eventually('the mail is there', async () => mails.length === 1);
    mails.splice(0);
  });

  it('leaves an admin’s code good, until a password is set', async () => {
    const { email, user_id } = await people.join();
    const { code: byAdmin } = await identity.ask(createPasswordCode, { user_id }, admin);
    await forgot(email);
    await eventually('the mail is there', async () => mails.length === 1);
    const byMail = codeIn(mails.splice(0)[0]?.text);
    const set = (one: string) =>
      identity.ask(setPassword, { code: one, password: PASSWORD, address: '192.0.2.1' }, anonymous);
    expect(await set(byAdmin)).toEqual({ user_id });
    await expect(set(byMail)).rejects.toEqual(code('CODE_NOT_VALID'));
  });

  it('is answered the same where the server takes no mail', async () => {
    const { email } = await people.join();
    isRefusing = true;
    expect(await forgot(email)).toEqual({});
    isRefusing = false;
    expect((await people.enter(email, PASSWORD)).access_token).toBeTruthy();
  });

  it('is not asked for again and again', async () => {
    const { email } = await people.join();
    for (let n = 0; n < 5; n += 1) await forgot(email, '192.0.2.8');
    await expect(forgot(email, '192.0.2.8')).rejects.toEqual(code('SIGN_IN_SLOWED'));
  });
});

it('is an admin’s business where no mail is sent', async () => {
  await identity.restart({ SMTP_URL: '', SMTP_FROM: '' });
  await expect(forgot('ada@example.org')).rejects.toEqual(code('NO_MAIL'));
});

it('needs both settings', async () => {
  await expect(identity.start({ SMTP_FROM: '' })).rejects.toThrow('SMTP_FROM');
});
