import type { PlainRoute } from '@undertone/contracts/client/route-types';
import type { RouteDefinition } from '@undertone/contracts/rest/route';
import { routes } from '@undertone/contracts/rest/routes';

const isPaged = ({ input }: RouteDefinition): boolean => 'cursor' in input.shape;

const plain = (route: RouteDefinition): PlainRoute => ({
  method: route.method,
  path: route.path,
  from: route.from,
  ...(isPaged(route) && { paged: true }),
  ...(route.success.stream && { stream: true }),
  ...(route.success.file && { file: true }),
  ...(route.success.status === 302 && { redirect: true }),
});

const literal = (route: PlainRoute): string =>
  `{ ${Object.entries(route)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? `'${value}'` : value}`)
    .join(', ')} }`;

/** The route table as a module without schemas, so that a browser's bundle of the client holds no zod. */
export function routeTableModule(): string {
  const lines = Object.entries<RouteDefinition>(routes).map(
    ([id, route]) => `  ${id}: ${literal(plain(route))},\n`,
  );
  return [
    '// Generated from src/rest/routes.ts by `pnpm --filter @undertone/contracts run generate`. Do not edit.\n\n',
    '/** How each route is called, by its id. */\n',
    `export const routeTable = {\n${lines.join('')}} as const;\n`,
  ].join('');
}
