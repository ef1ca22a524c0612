import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { type LlmSimulator, startLlmSimulator } from '@undertone/simulators/llm/server';
import { type SpotifySimulator, startSpotifySimulator } from '@undertone/simulators/spotify/server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RefusedForGood } from '../stack/ask-until-answered.js';
import { Client } from '../stack/client.js';
import { Pairs } from '../stack/pairs.js';
import { check } from './check.js';
import { checkPlays } from './check-plays.js';
import { Diary } from './diary.js';
import { type Run, runOf } from './run.js';
import { Servers } from './servers.js';
import { restartServers, strike } from './strikes.js';
import { Visit } from './visit.js';

/** Who are there at once, at most. */
const CROWD = 24;
/** A visit that takes longer is one whose jobs are lost. */
const VISIT_MS = 900_000;
/** For twelve processes to start on a busy machine. */
const STARTED_MS = 300_000;
/** How often it says how far it is. */
const SAID_MS = 15_000;
/** Findings that are shown. */
const SHOWN = 60;
/** At the longest: so much, and more for each job. */
const AT_LEAST_MS = 20 * 60_000;
const JOB_MS = 250;

const run: Run = runOf(process.env);
let servers: Servers;
let pairs: Pairs;
let spotify: SpotifySimulator;
let models: LlmSimulator;
let hasPassed = false;
beforeAll(async () => {
  console.log(`seed ${run.seed}, ${run.jobs} jobs, ${run.goesOn ? 'going on' : 'begun'} in ${run.directory}`);
  servers = await Servers.start(run);
  spotify = await startSpotifySimulator({ now: new Date(run.now) });
  models = await startLlmSimulator({ latencyMs: 50 });
  const logs = join(run.directory, 'logs');
  mkdirSync(logs, { recursive: true });
  const outside = { spotifyUrl: spotify.url, modelsUrl: models.url, keys: run.keys };
  pairs = await Pairs.prepare(servers.infrastructure, outside, logs);
  await Promise.all(pairs.all().map((replica) => pairs.start(replica)));
}, STARTED_MS);
afterAll(async () => {
  await pairs?.stop();
  await Promise.all([spotify?.close(), models?.close()]);
  await servers?.stop();
  if (hasPassed) rmSync(run.directory, { recursive: true, force: true });
});

it(
  'ends each accepted job once, and has each effect once, whatever is killed, frozen and restarted',
  async () => {
    const diary = Diary.open(join(run.directory, 'diary.jsonl'));
    const before = diary.completions;
    const completions = () =>
      before + (models.calls.summary().routes['POST /v1/chat/completions']?.statuses['200'] ?? 0);
    const ending = new AbortController();
    const began = Date.now();
    const said = setInterval(() => console.log(progressOf(diary, began)), SAID_MS);
    const kept = setInterval(() => diary.tell('completions', { count: completions() }), 1_000);
    const disturbances = [
      strike(pairs, diary, `${run.seed} from ${diary.done.size}`, ending.signal),
      restartServers(servers, diary, () => diary.jobs / run.jobs, ending.signal),
    ];
    try {
      await receiveAll(diary);
    } finally {
      ending.abort();
      await Promise.all(disturbances);
      clearInterval(said);
      clearInterval(kept);
    }
    diary.tell('completions', { count: completions() });
    const store = await EventStore.open(await servers.infrastructure.connect());
    const checked = await check(store, diary, completions());
    const findings = [...checked.findings, ...(await checkPlays(pairs.gateways[0] ?? '', diary))];
    console.log(`\n${tableOf({ ...checked.counts, ...Object.fromEntries(diary.strikes) })}\n`);
    if (findings.length > 0) console.log(`What is left of the run: ${run.directory}; seed ${run.seed}`);
    expect(findings.slice(0, SHOWN)).toEqual([]);
    hasPassed = true;
  },
  AT_LEAST_MS + run.jobs * JOB_MS,
);

/** Lets people come until so many jobs were accepted, first those whose visits were cut off. */
async function receiveAll(diary: Diary): Promise<void> {
  const clients = pairs.gateways.map((url) => new Client(url));
  const fail = (name: string, times: number) => {
    spotify.addFault({ kind: '5xx', user: name, route: '/v1/me/top/*', times });
  };
  const last = Math.max(-1, ...diary.people.keys());
  let next = 0;
  const receive = async () => {
    while (diary.jobs < run.jobs || next <= last) {
      const number = next;
      next += 1;
      if (diary.done.has(number)) continue;
      const scene = { clients, diary, seed: run.seed, signal: AbortSignal.timeout(VISIT_MS), fail };
      await new Visit(scene, number).make().catch((error: unknown) => {
        const why = error instanceof RefusedForGood ? error.message : `left unserved: ${error}`;
        diary.tell('finding', { text: `visit ${number}: ${why}` });
      });
      await sleep(0);
    }
  };
  await Promise.all(Array.from({ length: CROWD }, receive));
}

function progressOf(diary: Diary, began: number): string {
  const strikes = [...diary.strikes.values()].reduce((sum, times) => sum + times, 0);
  const seconds = Math.round((Date.now() - began) / 1_000);
  return `${seconds} s: ${diary.jobs} of ${run.jobs} jobs accepted, ${diary.done.size} visits over, ${strikes} strikes, ${diary.findings.length} findings`;
}

const tableOf = (counts: Record<string, number>): string =>
  Object.entries(counts)
    .map(([what, count]) => `${String(count).padStart(8)}  ${what}`)
    .join('\n');
