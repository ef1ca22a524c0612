import type { ExportFileKind } from '@undertone/contracts/listening/import';

/** What a file's name says of it. */
export interface NamedFile {
  readonly kind: ExportFileKind;
  readonly holds: 'music' | 'videos' | 'spoken';
}

/**
 * Names as Spotify's exports have them, in whatever folder: `Streaming_History_Audio_2015-2017_0.json`,
 * `Streaming_History_Video_2018-2024.json`, formerly `endsong_0.json` (extended history); and
 * `StreamingHistory_music_0.json`, `StreamingHistory_podcast_0.json`, formerly `StreamingHistory0.json` (account data).
 * https://support.spotify.com/article/understanding-your-data/
 */
export function kindOf(path: string): NamedFile {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  const spoken = /podcast|audiobook/.test(name);
  if (/^(streaming_history_|endvideo|endsong).*\.json$/.test(name)) {
    const videos = /video/.test(name);
    return { kind: 'extended', holds: videos ? 'videos' : spoken ? 'spoken' : 'music' };
  }
  if (/^streaminghistory.*\.json$/.test(name)) {
    return { kind: 'account_data', holds: spoken ? 'spoken' : 'music' };
  }
  return { kind: 'not_history', holds: 'music' };
}
