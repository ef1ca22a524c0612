import {
  accountOf,
  type Exchange,
  exchangeOf,
  exchangeOfStreams,
  permissionsInAccount,
  streamsAccount,
} from '@undertone/contracts/servers/nats-accounts';
import { clients } from '@undertone/contracts/servers/who-does-what';

const list = (lines: readonly string[], indent: string): string =>
  lines.length === 0 ? '[]' : `[\n${lines.map((line) => `${indent}  ${line}`).join('\n')}\n${indent}]`;
const quoted = (subject: string): string => JSON.stringify(subject);

function exchange({ serviceImports, streamImports, serviceExports, streamExports }: Exchange): string {
  const imported = (kind: string, { from, subject }: Exchange['serviceImports'][number]) =>
    `${kind}: { account: ${from}, subject: ${quoted(subject)} }`;
  const exported = (kind: string, { subject, accounts }: Exchange['serviceExports'][number]) =>
    `${kind}: ${quoted(subject)}, accounts: [${accounts.join(', ')}]`;
  const imports = [
    ...serviceImports.map(
      (one) => `{ ${imported('service', one)}${one.to ? `, to: ${quoted(one.to)}` : ''} }`,
    ),
    ...streamImports.map((one) => `{ ${imported('stream', one)} }`),
  ];
  const exports = [
    ...serviceExports.map((one) => {
      const streamed = `, response_type: stream, response_threshold: "${one.answersFor}"`;
      return `{ ${exported('service', one)}${one.answersFor ? streamed : ''} }`;
    }),
    ...streamExports.map((one) => `{ ${exported('stream', one)} }`),
  ];
  return `    exports: ${list(exports, '    ')}\n    imports: ${list(imports, '    ')}`;
}

function account(name: (typeof clients)[number]): string {
  const { publish, subscribe, answers } = permissionsInAccount(name);
  return `  ${accountOf(name)} {
    users: [
      {
        nkey: $${name.toUpperCase()}_NKEY
        permissions: {
          publish: ${list(publish.map(quoted), '          ')}
          subscribe: ${list(subscribe.map(quoted), '          ')}${answers ? '\n          allow_responses: { max: 1, expires: "2m" }' : ''}
        }
      }
    ]
${exchange(exchangeOf(name))}
  }`;
}

/** The accounts of NATS: one for the streams, and one for each service, with its user. */
export const natsUsers =
  (): string => `# Who may do what on NATS. Made from the contracts by \`pnpm --filter @undertone/contracts run generate\`.
#
# Each service has an account of its own and in it a user with a key pair (an nkey). The file beside this one, made with the keys,
# says which public key is whose. What no line allows is refused, and so is whoever has no key. ADR 25 says why.
include "keys.conf"

# Clients give a try ten seconds, too. By default it is two, which is too short where everything starts at once on a small machine.
authorization { timeout: 10 }

accounts {
  ${streamsAccount} {
    jetstream: enabled
    # Makes the streams at each release, and may do anything here: no service has its key.
    users: [{ nkey: $OPERATOR_NKEY }]
${exchange(exchangeOfStreams())}
  }
${clients.map(account).join('\n')}
}
`;
