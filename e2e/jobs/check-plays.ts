import { setTimeout as sleep } from 'node:timers/promises';
import { pages } from '@undertone/contracts/client/pages';
import type { Diary } from './diary.js';

const READERS = 6;
/** Within which a read model must have what the log has. */
const CAUGHT_UP_MS = 20_000;

/** What of the plays that people read is not what they imported: each once, and none left out. */
export async function checkPlays(url: string, diary: Diary): Promise<string[]> {
  const visits = [...diary.done].flatMap(([visit, plays]) => (plays === undefined ? [] : [{ visit, plays }]));
  const findings: string[] = [];
  const read = async () => {
    for (let next = visits.pop(); next; next = visits.pop()) {
      const user_id = diary.people.get(next.visit) ?? '';
      let shown = -1;
      for (const deadline = Date.now() + CAUGHT_UP_MS; Date.now() < deadline; await sleep(200)) {
        shown = await playsOf(url, user_id);
        if (shown === next.plays) break;
      }
      if (shown !== next.plays)
        findings.push(`${user_id} imported ${next.plays} plays, and ${shown} are shown`);
    }
  };
  await Promise.all(Array.from({ length: READERS }, read));
  return findings;
}

async function playsOf(url: string, user_id: string): Promise<number> {
  let plays = 0;
  for await (const page of pages({ url }, 'listHistory', { user_id, limit: 200 })) plays += page.length;
  return plays;
}
