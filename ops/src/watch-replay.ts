import type { Replay } from '@undertone/contracts/replay/replay';
import { SingleBar } from 'cli-progress';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { type Api, ApiError } from './api.ts';
import { count, dollars } from './output.ts';

const AGAIN_MS = 1_000;
const TRIES = 30;

/**
 * Shows a replay until there is nothing more to wait for: it is over, or it waits for somebody.
 * @param show is given the replay each time that it changed.
 * @throws {ApiError} the API was away for too long.
 */
export async function follow(api: Api, id: string, show: (replay: Replay) => void): Promise<Replay> {
  let lastEventId = '';
  for (let tries = 0; ; tries += 1) {
    try {
      const headers = { accept: 'text/event-stream', ...(lastEventId && { 'last-event-id': lastEventId }) };
      const { body } = await api.send(`/api/admin/replays/${id}/events`, { headers });
      const events = body?.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
      for await (const event of events ?? []) {
        tries = 0;
        lastEventId = event.id ?? '';
        const replay = JSON.parse(event.data) as Replay;
        show(replay);
        if (isAtRest(replay)) return replay;
      }
    } catch (error) {
      // The gateway may be restarted meanwhile; what it refuses it will refuse again.
      const refused = error instanceof ApiError && error.status !== undefined && error.status < 500;
      if (refused || tries >= TRIES) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

/** It goes no further by itself. */
const isAtRest = ({ status, progress, activate }: Replay): boolean =>
  status === 'completed' ? activate === 'by_hand' || progress.failed > 0 : status !== 'running';

/** Follows a replay with a bar on a terminal, else with a line for each change of its state or tenth of its way. */
export async function watchReplay(api: Api, id: string): Promise<Replay> {
  const bar = process.stdout.isTTY ? startedBar() : undefined;
  let said = '';
  try {
    return await follow(api, id, (replay) => {
      const { written, failed, snapshots } = replay.progress;
      if (bar) {
        bar.setTotal(snapshots);
        bar.update(written + failed, { line: lineOf(replay) });
        return;
      }
      const tenth = snapshots === 0 ? 0 : Math.floor(((written + failed) * 10) / snapshots);
      const now = `${replay.status} ${replay.phase} ${tenth}`;
      if (now !== said) console.log(`${written + failed}/${snapshots}  ${lineOf(replay)}`);
      said = now;
    });
  } finally {
    bar?.stop();
  }
}

function startedBar(): SingleBar {
  const bar = new SingleBar({
    format: '{bar} {percentage}%  {value}/{total}  {line}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
  });
  bar.start(0, 0, { line: '' });
  return bar;
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
