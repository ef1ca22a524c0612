import type { Api } from '@undertone/contracts/client/api';
import { call } from '@undertone/contracts/client/call';
import { follow } from '@undertone/contracts/client/follow';
import type { Replay } from '@undertone/contracts/replay/replay';
import { count, dollars } from './output.ts';
import { Progress } from './progress.ts';

/** It goes no further by itself: it waits for somebody, and so do the jobs under way that were put back. */
function isAtRest({ status, progress, activate }: Replay): boolean {
  switch (status) {
    case 'running':
      return false;
    case 'completed':
      return activate === 'by_hand' || progress.failed > 0;
    case 'paused':
      // It was paused while they ran, and they end all the same.
      return progress.under_way <= (progress.put_back?.jobs ?? 0);
    default:
      return true;
  }
}

/** Shows a replay until there is nothing more to wait for: it is over, or it waits for somebody. */
export async function watchReplay(api: Api, id: string): Promise<Replay> {
  const progress = new Progress();
  const show = (replay: Replay) => {
    const { written, failed, snapshots } = replay.progress;
    progress.show(written + failed, snapshots, `${replay.status} ${replay.phase}`, lineOf(replay));
  };
  let last: Replay | undefined;
  try {
    for await (last of follow(api, 'followReplay', { replay_id: id })) {
      show(last);
      if (isAtRest(last)) break;
    }
  } finally {
    progress.stop();
  }
  return last ?? call(api, 'getReplay', { replay_id: id });
}

function lineOf({ status, phase, pause_reason, progress }: Replay): string {
  const { failed, used, per_minute, estimated_end, hold_until, put_back } = progress;
  return [
    status === 'running' && phase === 'canary' ? 'canary' : status.replace('_', ' '),
    pause_reason && `by ${pause_reason}`,
    failed > 0 && `${count(failed)} failed`,
    `${count(used.calls)} calls, ${count(used.tokens)} tokens, ${dollars(used.usd)}`,
    status === 'running' && `${count(per_minute)}/min`,
    put_back && `${count(put_back.jobs)} wait (${put_back.code}) until ${time(put_back.until)}`,
    hold_until && `the model asks to wait until ${time(hold_until)}`,
    estimated_end && `until ${time(estimated_end)}`,
  ]
    .filter(Boolean)
    .join(', ');
}

const time = (iso: string): string => new Date(iso).toLocaleTimeString();
