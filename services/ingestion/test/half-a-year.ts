import { type HistoryQuestion, listHistory, type PlayedTrack } from '@undertone/contracts/listening/history';
import { listTop, type TopEntry, type TopQuestion } from '@undertone/contracts/listening/top';
import { listTrends, type Trend, type TrendsQuestion } from '@undertone/contracts/listening/trends';
import type { RpcDefinition } from '@undertone/contracts/rpc';
import type { Page } from '@undertone/platform/rpc/page';
import { inventedRow } from '@undertone/simulators/spotify/invented-export';
import type { Harness } from './harness.js';

/** A row of an export, as far as these tests look at it. */
export interface Row {
  readonly ts: string;
  readonly ms_played: number;
  readonly spotify_track_uri: string;
  readonly master_metadata_track_name: string;
  readonly master_metadata_album_artist_name: string;
  readonly master_metadata_album_album_name: string;
}

/** Half a year of listening around both changes of the clocks, two tracks ending at one moment now and then. */
export const rows = Array.from({ length: 900 }, (_, n) => {
  const track = (Math.floor(n / 2) ** 2 + (n % 2) * 30) % 61;
  return inventedRow(n, {
    ts: new Date(Date.UTC(2026, 1, 20) + Math.floor(n / 2) * 23_456_789).toISOString().replace(/\.\d+/, ''),
    ms_played: 31_000 + ((n * 7_919) % 200_000),
    master_metadata_track_name: `Lantern ${track}`,
    master_metadata_album_artist_name: `Moss Choir ${track % 7}`,
    master_metadata_album_album_name: `Tide ${track % 11}`,
    spotify_track_uri: `spotify:track:${`${track}`.padStart(22, '0')}`,
  }) as unknown as Row;
});
export const json = (of: readonly unknown[]) => Buffer.from(JSON.stringify(of));
export const FILE = 'Streaming_History_Audio_2026_0.json';
export const trackOf = (row: Row) => row.spotify_track_uri.slice(-22);

/** By another way than the code's: `Intl`, not `Temporal`. */
export const wallDay = (moment: string, timeZone: string): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(new Date(moment));

export const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
export const grouped = <T>(of: readonly T[], key: (one: T) => string): [string, T[]][] =>
  [...Map.groupBy(of, key)].sort(([a], [b]) => (a < b ? -1 : 1));

/** A person's lists, each read page by page to its end. */
export class Lists {
  /** @param harness of the file; it may start later. */
  constructor(
    private readonly harness: () => Harness,
    private readonly userId: string,
  ) {}

  /** @param between is done between two pages. */
  history(change: Partial<HistoryQuestion> = {}, between?: () => Promise<unknown>): Promise<PlayedTrack[]> {
    return this.pages(listHistory, { ...this.of, limit: 200, ...change }, between);
  }

  trends(change: Partial<TrendsQuestion> = {}): Promise<Trend[]> {
    return this.pages(listTrends, { ...this.of, bucket: 'day', limit: 200, to: '2026-08-01', ...change });
  }

  top(change: Partial<TopQuestion> = {}): Promise<TopEntry[]> {
    return this.pages(listTop, { ...this.of, kind: 'tracks', by: 'count', limit: 200, ...change });
  }

  private get of() {
    return { user_id: this.userId, time_zone: 'UTC' };
  }

  private async pages<Q, T>(
    definition: RpcDefinition<Q, Page<T>>,
    question: Q,
    between: () => Promise<unknown> = async () => undefined,
  ): Promise<T[]> {
    const all: T[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await this.harness().rpc.ask(definition, { ...question, ...(cursor && { cursor }) });
      all.push(...page.items);
      if (page.next === null) return all;
      cursor = page.next;
      await between();
    }
  }
}
