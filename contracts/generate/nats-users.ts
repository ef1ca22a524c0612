import { natsPermissions } from '@undertone/contracts/servers/nats-permissions';
import { clients } from '@undertone/contracts/servers/who-does-what';

const list = (subjects: readonly string[]): string =>
  `[\n${subjects.map((subject) => `          ${JSON.stringify(subject)}`).join('\n')}\n        ]`;

function user(name: (typeof clients)[number]): string {
  const { publish, subscribe, answers } = natsPermissions(name);
  return `    {
      nkey: $${name.toUpperCase()}_NKEY
      permissions: {
        publish: ${list(publish)}
        subscribe: ${list(subscribe)}${answers ? '\n        allow_responses: { max: 1, expires: "2m" }' : ''}
      }
    }`;
}

/** The users of NATS: one for each service, and one who makes the streams. */
export const natsUsers =
  (): string => `# Who may do what on NATS. Made from the contracts by \`pnpm --filter @undertone/contracts run generate\`.
#
# Each service has a key pair (an nkey). The file beside this one, made with the keys, says which public key is whose. What no
# line allows is refused, and so is whoever has no key. ADR 25 says why.
include "keys.conf"

authorization {
  users: [
    # Makes the streams at each release, and may do anything: no service has its key.
    { nkey: $OPERATOR_NKEY }
${clients.map(user).join('\n')}
  ]
}
`;
