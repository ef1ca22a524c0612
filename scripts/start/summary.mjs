import { logsDirectory } from '../clone-paths.mjs';

/**
 * Where things are, and three commands that can be pasted into a shell.
 *
 * @param {string} url of the gateway
 * @param {{ simulated: boolean, hasAccounts: boolean }} how
 */
export function startSummary(url, { simulated, hasAccounts }) {
  return `
Undertone is ready.

  API            ${url}
  documentation  ${url}/docs
  health         ${url}/health
  logs           ${logsDirectory}

Try it from another terminal:
${hasAccounts ? withAccounts(url) : inOpenMode(url, simulated)}
Ctrl-C stops everything.
`;
}

/** @param {string} url */
const withAccounts = (url) => `
  # 1. the code with which the first admin registers; it prints the command for that, too
  npm run first-admin

  # 2. sign in; the answer has an access_token to send as "Authorization: Bearer …"
  curl -s ${url}/api/auth/login -H 'content-type: application/json' \\
    -d '{"email":"ada@example.org","password":"<the same>"}'

  # 3. invite others, or give people of the time without sign-in what is theirs
  npm run ops -- accounts --help
`;

/**
 * @param {string} url
 * @param {boolean} simulated
 */
function inOpenMode(url, simulated) {
  const token = simulated ? 'sim-access-ada' : '<access token from Spotify>';
  const refresh = simulated ? 'sim-refresh-ada' : '<refresh token from Spotify>';
  return `
  # 1. register a person
  user=$(curl -s ${url}/api/users/register -H 'content-type: application/json' \\
    -d '{"spotify_user_id":"ada","display_name":"Ada","email":"ada@example.com"}' \\
    | sed 's/.*"user_id":"\\([^"]*\\)".*/\\1/'); echo $user

  # 2. store the person's Spotify tokens, which are kept encrypted
  curl -s ${url}/api/tokens/store -H 'content-type: application/json' -d '{"user_id":"'$user'",
    "access_token":"${token}","refresh_token":"${refresh}","expires_in":3600,
    "scope":"user-top-read user-read-recently-played"}'

  # 3. fetch the listening of the last months; the answer has a task_id to ask for at /api/tasks/<task_id>
  curl -s -X POST "${url}/api/listening/ingest?user_id=$user&time_range=medium_term"
`;
}
