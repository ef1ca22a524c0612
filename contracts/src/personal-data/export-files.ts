/**
 * What each file of an export holds, for its README. Tables and events stand under the names that `stores.ts` gives them; beside those,
 * services write some in other programs' formats. A test finds a name that is missing here.
 */
export const exportFiles: Readonly<Record<string, string>> = {
  'profile.json': 'You: names, addresses and preferences, as you gave them.',
  'sessions.json': 'Where you are signed in, and were of late. The secrets of sessions stay here.',
  'api-keys.json': 'Keys that you made for programs, by name. The keys themselves are kept nowhere.',
  'passkeys.json': 'Your passkeys: the public half.',
  'linked-accounts.json': 'Accounts at other sites that you sign in with.',
  'connections.json': 'Music providers that you are connected with. Their tokens stay here.',
  'token-uses.json': 'When your access at a provider was used, by what, and for which task.',
  'plays.csv':
    'Your plays, oldest first, for spreadsheets: UTF-8, commas, times in UTC (ISO 8601). `ms_played` is empty where Spotify’s API did not say it. Where a text, or what follows `,`, `;`, `|`, a tab or a new line in it, begins as a formula does, there is an apostrophe in front.',
  'plays.json': 'The same plays, with all that is kept of each.',
  'listenbrainz.jsonl':
    'The same plays, one listen a line, as ListenBrainz exports and imports them. Plays of tracks that nobody named are left out.',
  'spotify/Streaming_History_Audio_plays.json':
    'The same plays, as Spotify’s own export has them: upload this archive to another Undertone, or the file to any program that reads such exports. Where Spotify’s API told a play without its length, the length of the track stands there; where that is unknown, the play is left out.',
  'spotify/Streaming_History_Audio_not_counted.json':
    'What your data exports told beside that in the same format: streams that were too short to count, or that a later export told more of.',
  'unused-tellings.json': 'All that was told of your listening and is none of the plays, in full.',
  'exported-tracks.json': 'What your data exports call tracks.',
  'exported-artists.json': 'What your data exports call artists.',
  'imports.json': 'What became of each data export that you uploaded.',
  'import-rows.jsonl': 'Rows of those data exports that were not kept, and why.',
  'listen-threshold.json': 'From when on a stream counts as a play, where you chose that.',
  'possible-gaps.json': 'Times from which plays may be missing.',
  'top-lists.json': 'Your top lists, as Spotify last gave them.',
  'snapshots.json': 'Your listening snapshots.',
  'insights/': 'The insights that were written for you, a file a month, in Markdown.',
  'insights.json':
    'The same insights, with how each was written. `{artist_1}` stands for the first artist of its snapshot: names are kept apart.',
  'insight-failures.json': 'Insights that could not be written.',
  'insight-feedback.json': 'What you said of insights.',
  'model-calls.json': 'Calls of language models that were made for you.',
  'tasks.json': 'Your tasks of the last weeks, and what became of them.',
  'events/identity.jsonl': 'The log of your account, one event a line.',
  'events/token.jsonl': 'The log of your connections.',
  'events/listening.jsonl': 'The log of your listening.',
  'events/insight.jsonl': 'The log of your insights.',
  'events/jobs.jsonl': 'The log of your tasks, which is kept for 30 days.',
};
