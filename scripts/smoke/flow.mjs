import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { describe, ExplainedError } from '../explained-error.mjs';

/**
 * The whole way of one person through the public API: register, store tokens, ingest, read the snapshot, have an
 * insight written, read it. Works against any Undertone in open mode with the Spotify simulator behind it.
 *
 *     node scripts/smoke/flow.mjs http://127.0.0.1:8000
 *
 * @param {string} baseUrl
 * @param {(text: string) => void} say
 * @returns {Promise<{ userId: string }>} who it was
 * @throws {ExplainedError} at the first answer that is not as documented
 */
export async function runFlow(baseUrl, say) {
  const person = randomUUID().slice(0, 8);

  const registered = await call('POST', '/api/users/register', {
    spotify_user_id: `flow-${person}`,
    display_name: 'Flow',
    email: `flow-${person}@example.com`,
  });
  const userId = need(registered, 'user_id', 'register');
  say(`registered                 user_id ${userId}`);

  await call('POST', '/api/tokens/store', {
    user_id: userId,
    access_token: `sim-access-${person}`,
    refresh_token: `sim-refresh-${person}`,
    expires_in: 3600,
    scope: 'user-top-read user-read-recently-played',
  });
  say('stored tokens');

  const ingest = await call('POST', '/api/listening/ingest', { user_id: userId, time_range: 'medium_term' });
  const ingested = await untilDone(need(ingest, 'task_id', 'ingest'), 'ingest');
  const snapshotId = need(ingested, 'snapshot_id', 'the result of the ingest');
  say(`ingested medium_term       snapshot_id ${snapshotId}`);

  const snapshots = await call('GET', `/api/listening/snapshots?user_id=${userId}&time_range=medium_term`);
  const snapshot = Array.isArray(snapshots) ? snapshots.find(({ id }) => id === snapshotId) : undefined;
  if (snapshot === undefined) {
    throw new ExplainedError(`GET /api/listening/snapshots does not have ${snapshotId}: ${short(snapshots)}`);
  }
  say(
    `read the snapshot          ${snapshot.total_tracks_analyzed} tracks, ${short(snapshot.mood_patterns)}`,
  );

  const generate = await call('POST', '/api/insights/generate', {
    snapshot_id: snapshotId,
    insight_type: 'wellness',
    tone_mode: 'supportive',
  });
  const generated = await untilDone(need(generate, 'task_id', 'generate'), 'generate');
  const insightId = need(generated, 'insight_id', 'the result of the generation');
  say(`generated an insight       insight_id ${insightId}`);

  const insight = await call('GET', `/api/insights/${insightId}`);
  say(`read the insight           by ${need(insight, 'llm_model', 'the insight')}:`);
  say(`  ${need(insight, 'content', 'the insight').trim().replaceAll('\n', '\n  ')}`);
  return { userId };

  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   */
  async function call(method, path, body) {
    let response;
    try {
      response = await fetch(`${baseUrl}${path}`, {
        method,
        signal: AbortSignal.timeout(30_000),
        ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      });
    } catch (error) {
      throw new ExplainedError(
        `${method} ${baseUrl}${path}: no answer (${reasonOf(error)}). Is Undertone running there?`,
      );
    }
    const text = await response.text();
    if (!response.ok) {
      throw new ExplainedError(`${method} ${path} answered ${response.status}: ${text.slice(0, 800)}`);
    }
    try {
      return JSON.parse(text);
    } catch {
      throw new ExplainedError(`${method} ${path} did not answer with JSON: ${text.slice(0, 300)}`);
    }
  }

  /**
   * @param {string} taskId
   * @param {string} what
   */
  async function untilDone(taskId, what) {
    const deadline = Date.now() + 120_000;
    let seen = '';
    while (Date.now() < deadline) {
      const task = await call('GET', `/api/tasks/${taskId}`);
      if (task.status !== seen) {
        seen = task.status;
        say(`  task ${taskId} ${seen}`);
      }
      if (seen === 'SUCCESS') {
        return task.result;
      }
      if (seen === 'FAILURE' || seen === 'REVOKED') {
        throw new ExplainedError(`the ${what} task ended as ${seen}: ${short(task.error)}`);
      }
      await sleep(200);
    }
    throw new ExplainedError(`the ${what} task ${taskId} was still ${seen} after two minutes`);
  }
}

/**
 * @param {Record<string, unknown> | undefined} answer
 * @param {string} field
 * @param {string} where
 * @returns {string}
 */
function need(answer, field, where) {
  const value = answer?.[field];
  if (typeof value !== 'string' || value === '') {
    throw new ExplainedError(`${where} has no ${field}: ${short(answer)}`);
  }
  return value;
}

/** @param {unknown} value */
const short = (value) => (JSON.stringify(value) ?? 'nothing').slice(0, 400);

/** @param {unknown} error */
function reasonOf(error) {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message : String(cause);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const say = (/** @type {string} */ text) => process.stdout.write(`${text}\n`);
  try {
    await runFlow((process.argv[2] ?? 'http://127.0.0.1:8000').replace(/\/$/, ''), say);
  } catch (error) {
    say(describe(error));
    process.exit(1);
  }
}
