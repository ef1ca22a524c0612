/**
 * SQL of what a person's tracks are called: by a provider, or else by the person's own export, never by somebody else's.
 * Tracks that nobody named are left out.
 * @param tracks a relation that has `track_id`, each once.
 * @param userId SQL of whose tracks these are.
 */
export const namesForPerson = (tracks: string, userId: string): string => `
  select tracks.track_id as id, track.id is null as from_export,
         coalesce(track.name, own.name) as name, coalesce(track.artists, own.artists) as artists,
         case when track.id is null then own.album else track.album end as album
    from ${tracks} as tracks
    left join track on track.id = tracks.track_id
    left join exported_track as own on own.user_id = ${userId} and own.track_id = tracks.track_id and track.id is null
   where track.id is not null or own.track_id is not null`;
