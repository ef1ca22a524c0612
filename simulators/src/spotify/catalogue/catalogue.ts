/** The eleven audio features that Spotify and ReccoBeats share; shares are 0 to 1, loudness is dB, tempo BPM. */
export interface AudioFeatures {
  readonly acousticness: number;
  readonly danceability: number;
  readonly energy: number;
  readonly instrumentalness: number;
  readonly key: number;
  readonly liveness: number;
  readonly loudness: number;
  readonly mode: number;
  readonly speechiness: number;
  readonly tempo: number;
  readonly valence: number;
}

export interface CatalogueArtist {
  readonly id: string;
  readonly name: string;
  readonly genres: readonly string[];
  readonly popularity: number;
}

export interface CatalogueAlbum {
  readonly id: string;
  readonly name: string;
  readonly artist: CatalogueArtist;
  readonly releaseDate: string;
  readonly totalTracks: number;
}

export interface CatalogueTrack {
  readonly id: string;
  readonly name: string;
  readonly artists: readonly [CatalogueArtist, ...CatalogueArtist[]];
  readonly album: CatalogueAlbum;
  readonly trackNumber: number;
  readonly durationMs: number;
  readonly explicit: boolean;
  readonly popularity: number;
  readonly isrc: string | undefined;
  /** What Spotify itself would say; absent where a loaded catalogue has `NA`. */
  readonly features: AudioFeatures | undefined;
  /** Whether ReccoBeats knows the track. */
  readonly inReccoBeats: boolean;
}

/** Everything that can be listened to in one simulator. */
export interface Catalogue {
  readonly origin: 'generated' | 'csv';
  readonly tracks: readonly CatalogueTrack[];
  /** Artists that have at least one track of their own. */
  readonly artists: readonly CatalogueArtist[];
  readonly trackById: ReadonlyMap<string, CatalogueTrack>;
  /** Everybody who is on a track. */
  readonly artistById: ReadonlyMap<string, CatalogueArtist>;
}

/** Indexes tracks into a catalogue. */
export function catalogueOf(origin: Catalogue['origin'], tracks: readonly CatalogueTrack[]): Catalogue {
  const artists = new Map(tracks.map((track) => [track.artists[0].id, track.artists[0]]));
  return {
    origin,
    tracks,
    artists: [...artists.values()],
    trackById: new Map(tracks.map((track) => [track.id, track])),
    artistById: new Map(tracks.flatMap((track) => track.artists.map((artist) => [artist.id, artist]))),
  };
}
