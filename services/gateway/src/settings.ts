import { isIP } from 'node:net';
import { commonSettings, flag } from '@undertone/platform/settings/load-settings';
import { isLoopback } from '@undertone/platform/settings/loopback';
import { publicUrl } from '@undertone/platform/settings/public-url';
import { objectStorageSettings } from '@undertone/platform/settings/s3-address';
import { z } from 'zod';

const isAddressRange = (text: string): boolean => {
  const [address = '', bits, ...more] = text.split('/');
  const longest = isIP(address) === 6 ? 128 : 32;
  return (
    isIP(address) !== 0 &&
    more.length === 0 &&
    (bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= longest))
  );
};

const isOrigin = (text: string): boolean =>
  /^https?:\/\//.test(text) && URL.canParse(text) && new URL(text).origin === text;

/** The gateway's settings. */
export const gatewaySettings = z
  .object({
    ...commonSettings,
    ...objectStorageSettings,
    PORT: commonSettings.PORT.default(8000),
    /** Explicit, because `open` means that nobody signs in. */
    AUTH_MODE: z.enum(['open', 'accounts'], 'has to be "open" (nobody signs in) or "accounts" (people do)'),
    PUBLIC_URL: publicUrl,
    /**
     * Addresses of proxies in front of this one, as `192.0.2.7,10.0.0.0/8`: what they say of a client's address is believed. Absent:
     * the client is whoever connects.
     */
    TRUSTED_PROXIES: z
      .string()
      .transform((list) => list.split(',').map((one) => one.trim()))
      .refine((list) => list.every(isAddressRange), 'has to be addresses or ranges, separated by commas')
      .default([]),
    /**
     * Origins whose pages may call the API with a token of their own, as `https://music.example,https://other.example`. In open mode, where
     * any page that may call could act for everybody, they may make the first version's call alone.
     */
    CORS_ORIGINS: z
      .string()
      .transform((list) => list.split(',').map((one) => one.trim()))
      .refine(
        (list) => list.every(isOrigin),
        'has to be origins such as https://music.example, separated by commas',
      )
      .default([]),
    /** The port is published on loopback only, whatever address is bound: in a container. */
    OPEN_MODE_BEHIND_LOOPBACK_PORT: flag.default(false),
    /** Requests that one address may make within the window. */
    RATE_LIMIT_REQUESTS: z.coerce.number().int().min(1).default(600),
    RATE_LIMIT_WINDOW_SECONDS: z.coerce.number().int().min(1).max(86_400).default(60),
    /** Tries to sign in or register that one address may make within the window, where sign-in is on. */
    RATE_LIMIT_SIGN_IN: z.coerce.number().int().min(1).default(60),
    /** What one person may read and write within the window, and each of their keys half of it. */
    RATE_LIMIT_READS: z.coerce.number().int().min(1).default(600),
    RATE_LIMIT_WRITES: z.coerce.number().int().min(1).default(120),
    /** Bytes that one person may upload in an hour. */
    RATE_LIMIT_UPLOAD_BYTES: z.coerce
      .number()
      .int()
      .min(1_024)
      .default(2 * 1024 ** 3),
    /** Streams of events that are open at once in this process. */
    OPEN_STREAMS_LIMIT: z.coerce.number().int().min(1).default(1_000),
    /** Of these, with sign-in, one person's. */
    STREAMS_PER_PERSON: z.coerce.number().int().min(1).default(30),
    BODY_LIMIT_BYTES: z.coerce.number().int().min(1_024).max(1_048_576).default(65_536),
    /** What an uploaded file may have: 200 MB by default, 2 GB at most. */
    UPLOAD_LIMIT_BYTES: z.coerce
      .number()
      .int()
      .min(1_024)
      .max(2 * 1024 ** 3)
      .default(200 * 1024 ** 2),
  })
  .superRefine((settings, context) => {
    const refuse = (name: string, message: string) =>
      context.addIssue({ code: 'custom', path: [name], message });
    const { NODE_ENV, AUTH_MODE, PUBLIC_URL } = settings;
    // A key has half of it.
    if (settings.RATE_LIMIT_UPLOAD_BYTES < 2 * settings.UPLOAD_LIMIT_BYTES) {
      refuse(
        'RATE_LIMIT_UPLOAD_BYTES',
        'has to be twice UPLOAD_LIMIT_BYTES or more: a key may use half of it',
      );
    }
    if (AUTH_MODE === 'accounts') {
      const { protocol, hostname } = new URL(PUBLIC_URL);
      // Whatever NODE_ENV says: passwords and cookies are the same.
      if (protocol !== 'https:' && !isLoopback(hostname)) {
        refuse(
          'PUBLIC_URL',
          'has to begin with https:// where it is not this machine’s own, as passwords go over it: put a proxy that does TLS in front',
        );
      }
      return;
    }
    if (NODE_ENV === 'production') {
      refuse(
        'AUTH_MODE',
        'open mode has no sign-in and does not start with NODE_ENV=production; set AUTH_MODE=accounts',
      );
    }
    if (!isLoopback(settings.HOST) && !settings.OPEN_MODE_BEHIND_LOOPBACK_PORT) {
      refuse(
        'HOST',
        'open mode serves on loopback only; where the port is published on loopback, as in a container, ' +
          'set OPEN_MODE_BEHIND_LOOPBACK_PORT=true',
      );
    }
  });
export type GatewaySettings = z.output<typeof gatewaySettings>;

/** Whether people who sign in from elsewhere would send their passwords over plain http. */
export const isReachedWithoutTls = (
  settings: Pick<GatewaySettings, 'AUTH_MODE' | 'HOST' | 'PUBLIC_URL' | 'OPEN_MODE_BEHIND_LOOPBACK_PORT'>,
): boolean =>
  settings.AUTH_MODE === 'accounts' &&
  !settings.PUBLIC_URL.startsWith('https:') &&
  !isLoopback(settings.HOST) &&
  !settings.OPEN_MODE_BEHIND_LOOPBACK_PORT;
