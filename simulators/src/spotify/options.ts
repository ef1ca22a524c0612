import type { SimulatedClock } from '../control/clock.js';

/** How a Spotify simulator is set up; `main.ts` reads the same from the command line. */
export interface SpotifyOptions {
  /** The user that `/authorize` signs in where the query names none. */
  readonly user: string;
  /** Brings back the fields that new apps no longer get: genres, popularity, followers, email and so on. */
  readonly legacyFields: boolean;
  /** Lets Spotify's own `/v1/audio-features` answer, as for apps from before the end of 2024. */
  readonly audioFeatures: boolean;
  /** How long a user's top lists are: 50, or the whole catalogue. */
  readonly top: 'favourites' | 'all';
  /** When a refresh comes with a new refresh token; `single-use`: always, and the old one is refused from then on. */
  readonly rotation: 'sometimes' | 'always' | 'never' | 'single-use';
  /** Refuses tokens that the simulator did not issue and that do not name a user; else each is somebody's. */
  readonly strictTokens: boolean;
}

export const DEFAULT_SPOTIFY_OPTIONS: SpotifyOptions = {
  user: 'listener',
  legacyFields: false,
  audioFeatures: false,
  top: 'favourites',
  rotation: 'sometimes',
  strictTokens: false,
};

/** What every group of routes gets. */
export interface RouteContext {
  readonly options: SpotifyOptions;
  readonly clock: SimulatedClock;
}
