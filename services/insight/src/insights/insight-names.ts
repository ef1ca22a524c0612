import { Inject, Injectable } from '@nestjs/common';
import type { Insight } from '@undertone/contracts/insight/insight';
import { getSnapshot } from '@undertone/contracts/listening/rpc';
import { RpcClient } from '@undertone/platform/rpc/rpc-client';
import { type Artist, artistsOf, hasPlaceholders, named, namedText } from '../facts/artists.js';

/** Puts artists' names where an insight keeps their places; the names are in ingestion's catalogue alone. */
@Injectable()
export class InsightNames {
  constructor(@Inject(RpcClient) private readonly rpc: RpcClient) {}

  /** @throws {ServiceUnavailable} ingestion does not answer, and there is a name to ask for. */
  into(insights: readonly Insight[]): Promise<Insight[]> {
    return Promise.all(insights.map((insight) => this.intoOne(insight)));
  }

  async intoOne(insight: Insight): Promise<Insight> {
    if (!hasPlaceholders(insight)) return insight;
    const artists = await this.artists(insight.snapshot_id);
    return {
      ...insight,
      structured_output: namedText(insight.structured_output, artists),
      content: named(insight.content, artists),
    };
  }

  private async artists(snapshotId: string): Promise<readonly Artist[]> {
    const { snapshot } = await this.rpc.ask(getSnapshot, { snapshot_id: snapshotId });
    return snapshot ? artistsOf(snapshot) : [];
  }
}
