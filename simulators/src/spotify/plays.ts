import { base62Id, integer, uniform } from '../random.js';
import type { Catalogue, CatalogueTrack } from './catalogue/catalogue.js';
import { rankedTracks } from './taste.js';

/** One track played to its end, or left after 30 seconds or more; shorter ones are never reported. */
export interface Play {
  readonly track: CatalogueTrack;
  /** Milliseconds since 1970 at which the play ended; strictly growing in a user's stream. */
  readonly playedAt: number;
  /** What it was started from; Spotify often does not say (checked 2026-11). */
  readonly context: { readonly type: 'album' | 'playlist'; readonly id: string } | undefined;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Spotify keeps the last 50 plays within reach and no more (Spotify Web API reference, checked 2026-11). */
export const RECENT_PLAYS = 50;

/** Hours of a listener's own day at which a session may start, and how likely it is to. */
const SESSIONS = [
  { hour: 7, chance: 0.6 },
  { hour: 12, chance: 0.35 },
  { hour: 17, chance: 0.7 },
  { hour: 20, chance: 0.65 },
] as const;

function pickTrack(catalogue: Catalogue, ranking: readonly CatalogueTrack[], user: string, play: string) {
  const roam = uniform(user, play, 'roam') < 0.15;
  const list = roam ? catalogue.tracks : ranking;
  const reach = roam ? list.length : Math.min(80, list.length);
  // Squared, so that the favourites come round often.
  return list[Math.floor(uniform(user, play, 'pick') ** 2 * reach)];
}

function contextOf(track: CatalogueTrack, user: string, session: string): Play['context'] {
  const kind = uniform(user, session, 'context');
  if (kind < 0.4) return { type: 'playlist', id: base62Id('playlist', user, session) };
  return kind < 0.7 ? { type: 'album', id: track.album.id } : undefined;
}

/** The plays of one day of a listener; `day` counts the listener's own days since 1970. */
function playsOfDay(catalogue: Catalogue, user: string, day: number): Play[] {
  const zoneHours = integer(-8, 10, user, 'zone');
  const dayStart = day * DAY_MS - zoneHours * HOUR_MS;
  const ranking = rankedTracks(catalogue, user, 'short_term', dayStart);
  const plays: Play[] = [];
  let free = dayStart;
  for (const { hour, chance } of SESSIONS) {
    const session = `${day} ${hour}`;
    if (uniform(user, session, 'happens') > chance) continue;
    let end = Math.max(free, dayStart + hour * HOUR_MS + integer(0, 90 * 60_000, user, session, 'start'));
    const length = integer(3, 12, user, session, 'length');
    for (let position = 0; position < length; position += 1) {
      const play = `${session} ${position}`;
      const track = pickTrack(catalogue, ranking, user, play);
      if (!track) continue;
      const whole = uniform(user, play, 'whole') < 0.85 || track.durationMs < 40_000;
      end += whole ? track.durationMs : integer(31_000, track.durationMs, user, play, 'left after');
      end += integer(40, 900, user, play, 'gap');
      plays.push({ track, playedAt: end, context: contextOf(track, user, session) });
    }
    free = end + 60_000;
  }
  return plays;
}

/** Days of listening kept in memory, so that polling a user again costs nothing. */
const KEPT_DAYS = 4_000;

/**
 * Everything that everyone plays. A user's stream is a function of user and time alone: asking later gives the same
 * plays and the new ones.
 */
export class PlayStream {
  readonly #catalogue: Catalogue;
  readonly #days = new Map<string, readonly Play[]>();

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
  }

  /** A user's plays between two moments (ms since 1970), oldest first, `from` excluded and `to` included. */
  between(user: string, from: number, to: number): Play[] {
    const plays: Play[] = [];
    for (let day = Math.floor(from / DAY_MS) - 1; day <= Math.floor(to / DAY_MS) + 1; day += 1) {
      plays.push(...this.#day(user, day));
    }
    return plays.filter(({ playedAt }) => playedAt > from && playedAt <= to);
  }

  /** The last 50 plays up to a moment (ms since 1970), newest first. */
  recent(user: string, now: number): Play[] {
    let plays: Play[] = [];
    for (let days = 4; days <= 64 && plays.length < RECENT_PLAYS; days *= 2) {
      plays = this.between(user, now - days * DAY_MS, now);
    }
    return plays.slice(-RECENT_PLAYS).reverse();
  }

  #day(user: string, day: number): readonly Play[] {
    const key = `${day} ${user}`;
    const known = this.#days.get(key);
    if (known) return known;
    const oldest = this.#days.keys().next();
    if (this.#days.size >= KEPT_DAYS && !oldest.done) this.#days.delete(oldest.value);
    const plays = playsOfDay(this.#catalogue, user, day);
    this.#days.set(key, plays);
    return plays;
  }
}
