import { createHash } from 'node:crypto';
import { isReplayOver, type Replay } from '@undertone/contracts/replay/replay';
import { getReplay } from '@undertone/contracts/replay/rpc';
import { replayAggregate } from '@undertone/contracts/subjects';
import { type RpcClient, ServiceUnavailable } from '@undertone/platform/rpc/rpc-client';
import type { GatewayDependencies } from '../dependencies.js';
import type { Follower, SentEvent } from '../event-streams/serve-events.js';
import { WakeUps } from '../event-streams/wake-ups.js';
import { HttpProblem } from '../problems/problem.js';

/** Insights are written all the time, so progress is looked at and not waited for. */
const LOOK_MS = 1_000;

/** A replay each time that it is another than before, until it is over. */
export async function* followReplay(
  { nats, rpc }: GatewayDependencies,
  replayId: string,
  { caller, lastEventId, signal }: Follower,
): AsyncGenerator<SentEvent | undefined> {
  const asker = rpc(caller);
  const decisions = new WakeUps(nats, replayAggregate(replayId).filter);
  try {
    let sent = lastEventId;
    for (let replay = await look(asker, replayId); !signal.aborted; ) {
      if (!replay) throw new HttpProblem('REPLAY_NOT_FOUND', 'there is no such replay');
      const id = createHash('sha256').update(JSON.stringify(replay)).digest('base64url');
      const isOver = isReplayOver(replay.status);
      if (id !== sent) yield { id, event: 'replay', data: replay };
      else if (!isOver) yield undefined;
      sent = id;
      if (isOver) return;
      await decisions.next(LOOK_MS, signal);
      replay = await lookAgain(asker, replay);
    }
  } finally {
    decisions.close();
  }
}

const look = async (rpc: RpcClient, id: string): Promise<Replay | null> =>
  (await rpc.ask(getReplay, { replay_id: id })).replay;

// Who follows a replay does so through restarts of the service that runs it.
const lookAgain = async (rpc: RpcClient, before: Replay): Promise<Replay | null> => {
  try {
    return await look(rpc, before.id);
  } catch (error) {
    if (error instanceof ServiceUnavailable) return before;
    throw error;
  }
};
