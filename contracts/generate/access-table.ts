import { type Access, neededScope, ownerFields } from '@undertone/contracts/access/access';
import { questions } from '@undertone/contracts/questions';
import type { RouteDefinition } from '@undertone/contracts/rest/route';
import { routes } from '@undertone/contracts/rest/routes';

const columns = ['nobody', 'owner', 'another person', 'admin', 'local operator'] as const;

/** What each kind of caller gets, in the order of the columns. */
function outcomes(access: Access): readonly string[] {
  switch (access) {
    case 'public':
      return ['yes', 'yes', 'yes', 'yes', 'yes'];
    case 'user':
    case 'session':
    case 'fresh_session':
      return ['401', 'yes', 'yes', 'yes', 'yes'];
    case 'admin':
    case 'fresh_admin':
      return ['401', '403', '403', 'yes', 'yes'];
    case 'service':
      return ['403', '403', '403', '403', '403'];
    default:
      return ['401', 'yes', '404', '404', 'yes'];
  }
}

function rule(access: Access): string {
  const owned = ownerFields(access).map((field) => `\`${field}\``);
  const by = { session: 'session', fresh_session: 'fresh session' } as const;
  if (access === 'fresh_admin') return 'admin, freshly signed in';
  if (typeof access === 'string') return access === 'fresh_session' ? by[access] : access;
  return `owner of ${owned.join(', ')}${access.by ? `, by a ${by[access.by]}` : ''}`;
}

const table = (heading: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heading, heading.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

/** Who may do what, as a page for people. */
export const accessTable = (): string =>
  `# Who may do what

Made from the contracts by \`pnpm --filter @undertone/contracts run generate\`; \`e2e/test/access.spec.ts\` tries every line on
the real services. "Owner" is the person whose data the fields name. An admin who is not the owner is another person. The local
operator is whoever calls in open mode. What needs a session refuses keys with 403, and a
fresh one, or an admin who is freshly signed in, sessions whose sign-in is more than \`FRESH_SIGN_IN_MINUTES\` ago. A credential also needs the scope. Where the table of questions says 404, a question that reads is
answered with null.

## Routes

${table(
  ['route', '', 'rule', 'scope', ...columns],
  Object.values<RouteDefinition>(routes).map(({ method, path, access }) => [
    method,
    `\`${path}\``,
    rule(access),
    access === 'public' ? '' : neededScope(access, method !== 'GET'),
    ...outcomes(access),
  ]),
)}

## Questions between services

Our own services may ask all of them, for a job or for themselves.

${table(
  ['question', 'rule', 'scope', ...columns],
  questions.map(({ subject, access, isWrite }) => [
    `\`${subject}\``,
    rule(access),
    access === 'public' || access === 'service' ? '' : neededScope(access, isWrite),
    ...outcomes(access),
  ]),
)}
`;
