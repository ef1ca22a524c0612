import { z } from 'zod';
import type { Subject } from './provider.js';
import { invalid } from './provider-calls.js';

/** Nothing that a fingerprint could not tell from something else. */
const name = z.string().regex(/^[^\p{Cc}\p{Cs}]{1,255}$/u);

const profile = z.object({
  /** Never changes, and is the one that accounts are linked by (Spotify Web API, `GET /me`); not every answer has it. */
  account_id: name.optional(),
  id: name,
  display_name: z.string().nullish(),
});
export type SpotifyProfile = z.output<typeof profile>;

/** The answer of `GET /me`. @throws {Refused} it is no profile. */
export async function readProfile(response: Response): Promise<SpotifyProfile> {
  const parsed = profile.safeParse(await response.json().catch(() => undefined));
  if (!response.ok || !parsed.success) throw invalid('the profile cannot be read');
  return parsed.data;
}

/** What the account is called, and the name to show. */
export function accountOf({ account_id, id, display_name }: SpotifyProfile): {
  readonly id: string;
  readonly subjects: readonly [Subject, ...Subject[]];
  readonly displayName: string;
} {
  const byId = { kind: 'id', name: id } as const;
  return {
    id,
    subjects: account_id === undefined ? [byId] : [{ kind: 'account_id', name: account_id }, byId],
    displayName: display_name ?? id,
  };
}
