import { accountIdOf } from './account-id.js';
import type {
  AudioFeatures,
  CatalogueAlbum,
  CatalogueArtist,
  CatalogueTrack,
} from './catalogue/catalogue.js';
import type { Play } from './plays.js';

/** Where links point, and whether the fields are there that Spotify withdrew from new apps. */
export interface Shape {
  readonly origin: string;
  readonly legacyFields: boolean;
}

const MARKETS = ['DE', 'GB', 'IE', 'JP', 'US'];

function links(shape: Shape, kind: string, id: string) {
  return {
    external_urls: { spotify: `https://open.spotify.com/${kind}/${id}` },
    href: `${shape.origin}/v1/${kind}s/${id}`,
    id,
    type: kind,
    uri: `spotify:${kind}:${id}`,
  };
}

function images(shape: Shape, id: string) {
  return [640, 300, 64].map((size) => ({
    url: `${shape.origin}/images/${id}/${size}`,
    height: size,
    width: size,
  }));
}

function simplifiedArtist(shape: Shape, artist: CatalogueArtist) {
  return { ...links(shape, 'artist', artist.id), name: artist.name };
}

/** An artist as `/me/top/artists` gives it. */
export function artistObject(shape: Shape, artist: CatalogueArtist): object {
  return {
    ...simplifiedArtist(shape, artist),
    images: images(shape, artist.id),
    ...(shape.legacyFields
      ? {
          followers: { href: null, total: artist.popularity ** 3 },
          genres: artist.genres,
          popularity: artist.popularity,
        }
      : {}),
  };
}

function albumObject(shape: Shape, album: CatalogueAlbum) {
  return {
    ...links(shape, 'album', album.id),
    album_type: 'album',
    artists: [simplifiedArtist(shape, album.artist)],
    available_markets: MARKETS,
    images: images(shape, album.id),
    name: album.name,
    release_date: album.releaseDate,
    release_date_precision: album.releaseDate.length === 4 ? 'year' : 'day',
    total_tracks: album.totalTracks,
  };
}

/** A track as every endpoint gives it. */
export function trackObject(shape: Shape, track: CatalogueTrack): object {
  return {
    ...links(shape, 'track', track.id),
    album: albumObject(shape, track.album),
    artists: track.artists.map((artist) => simplifiedArtist(shape, artist)),
    disc_number: 1,
    duration_ms: track.durationMs,
    explicit: track.explicit,
    external_ids: track.isrc === undefined ? {} : { isrc: track.isrc },
    is_local: false,
    name: track.name,
    track_number: track.trackNumber,
    ...(shape.legacyFields
      ? { available_markets: MARKETS, popularity: track.popularity, preview_url: null }
      : {}),
  };
}

function contextObject(shape: Shape, context: NonNullable<Play['context']>) {
  const { type, href, external_urls, uri } = links(shape, context.type, context.id);
  return { type, href, external_urls, uri };
}

/** A play as `/me/player/recently-played` gives it; `context` is `null` where Spotify does not say. */
export function playObject(shape: Shape, play: Play): object {
  return {
    track: trackObject(shape, play.track),
    played_at: new Date(play.playedAt).toISOString(),
    context: play.context ? contextObject(shape, play.context) : null,
  };
}

/** A person as `/me` gives it. */
export function userObject(shape: Shape, user: string): object {
  return {
    account_id: accountIdOf(user),
    display_name: user,
    external_urls: { spotify: `https://open.spotify.com/user/${encodeURIComponent(user)}` },
    href: `${shape.origin}/v1/users/${encodeURIComponent(user)}`,
    id: user,
    images: [],
    type: 'user',
    uri: `spotify:user:${user}`,
    ...(shape.legacyFields
      ? {
          country: 'IE',
          email: `${encodeURIComponent(user)}@listener.example`,
          explicit_content: { filter_enabled: false, filter_locked: false },
          followers: { href: null, total: 7 },
          product: 'premium',
        }
      : {}),
  };
}

/** A track's features as Spotify's `/audio-features` gives them. */
export function spotifyFeaturesObject(shape: Shape, track: CatalogueTrack, features: AudioFeatures): object {
  return {
    ...features,
    analysis_url: `${shape.origin}/v1/audio-analysis/${track.id}`,
    duration_ms: track.durationMs,
    id: track.id,
    time_signature: 4,
    track_href: `${shape.origin}/v1/tracks/${track.id}`,
    type: 'audio_features',
    uri: `spotify:track:${track.id}`,
  };
}
