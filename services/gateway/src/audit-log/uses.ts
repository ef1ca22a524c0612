import { isForAdmins } from '@undertone/contracts/access/access';
import { anonymous, type Principal } from '@undertone/contracts/access/principal';
import { ActionTaken } from '@undertone/contracts/audit/action-taken';
import { type CalledBy, MOST_TARGETS, type Targets, wayOf } from '@undertone/contracts/audit/audit';
import { id, nobody } from '@undertone/contracts/id';
import type { ProblemCode } from '@undertone/contracts/problems';
import { isAudited, type RouteDefinition } from '@undertone/contracts/rest/route';
import { pseudonymOf } from '@undertone/platform/ids/pseudonym';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AuditLog } from './audit-log.js';
import { isDenial } from './is-denial.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Of the contracts, where it is one. */
    definition?: RouteDefinition;
  }
  interface FastifyRequest {
    /** What is asked, once it was checked. */
    asked: unknown;
    /** What it is answered with, where that is no problem. */
    answered: unknown;
    /** Whom it was about, where neither of the two says so. */
    about: string | undefined;
    /** It is in the audit already. */
    isInAudit: boolean;
    /** What it is answered with, where that is a problem. */
    problem: ProblemCode | undefined;
  }
  interface FastifyInstance {
    /** Puts a request into the audit that is answered with this status, where the audit is for it. */
    auditUse(request: FastifyRequest, status: number): Promise<void>;
  }
}

/** How somebody called, and the pseudonym of who it is. */
export const calledBy = (caller: Principal | undefined): { actor: string; by: CalledBy } => ({
  actor: caller?.who.kind === 'user' ? pseudonymOf(caller.who.user_id) : nobody,
  by: wayOf(caller ?? anonymous),
});

/** Whether a request is an event of the audit: each use of an admin's route by an admin, and what else the audit is for that was done. */
export function isUse({ isAdmitted, routeOptions }: FastifyRequest, status: number): boolean {
  const { definition } = routeOptions.config;
  if (!isAdmitted || !definition || !isAudited(definition)) return false;
  return status < 400 || (isForAdmins(definition.access) && !isDenial(status));
}

/** Puts requests into the audit when their outcome is known, and before it goes out. */
export function auditRequests(app: FastifyInstance, log: AuditLog): void {
  for (const name of ['asked', 'answered', 'about', 'problem'] as const) app.decorateRequest(name, undefined);
  app.decorateRequest('isInAudit', false);
  const auditUse = async (request: FastifyRequest, status: number): Promise<void> => {
    const { definition } = request.routeOptions.config;
    if (!definition || request.isInAudit || !isUse(request, status)) return;
    request.isInAudit = true;
    const at = new Date();
    await log.record(ActionTaken, useOf(definition, request, status, at), at);
  };
  app.decorate('auditUse', auditUse);
  app.addHook('onSend', (request, reply) => auditUse(request, reply.statusCode));
}

function useOf(route: RouteDefinition, request: FastifyRequest, status: number, at: Date) {
  const { caller, credential, about, problem } = request;
  const [asked, answered] = [fieldsOf(request.asked), fieldsOf(request.answered)];
  const subject = about ?? asked.user_id ?? answered.user_id;
  return {
    what: route.id,
    ...calledBy(caller),
    is_admin: caller.roles.includes('admin'),
    ...(credential && { credential: credential.id }),
    ...(typeof subject === 'string' && { subject: pseudonymOf(subject) }),
    targets: { ...given(route, asked, status), ...made(answered) },
    status,
    ...(problem && { code: problem }),
    at: at.toISOString(),
  };
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};

const isId = (value: unknown): value is string => id.safeParse(value).success;

/**
 * The fields that the route says, and of its path the ids that are no person's. An admin's route has names there, too: of what there
 * is, where it was done. Any other text may be one that somebody typed, or a secret.
 */
function given(
  { path, access, audit = [] }: RouteDefinition,
  asked: Readonly<Record<string, unknown>>,
  status: number,
): Targets {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string);
  const isName = isForAdmins(access) && status < 400;
  const shown = [
    ...audit,
    ...inPath.filter((field) => field !== 'user_id' && (isName || isId(asked[field]))),
  ];
  return Object.fromEntries(
    shown.flatMap((field) => (asked[field] == null ? [] : [[field, shortened(asked[field])]])),
  ) as Targets;
}

const shortened = (value: unknown): unknown =>
  Array.isArray(value) && value.length > MOST_TARGETS ? value.length : value;

/** The ids of what came of it: `key_id`, `task_id`. */
function made(answered: Readonly<Record<string, unknown>>): Targets {
  const ids = Object.entries(answered).filter(
    (field): field is [string, string] => /^(?!user_).+_id$/.test(field[0]) && isId(field[1]),
  );
  return Object.fromEntries(ids);
}
