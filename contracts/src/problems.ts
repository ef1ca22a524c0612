/** Why a request was not served: the status of its answer, and what the code means to a client. */
export interface ProblemKind {
  readonly status: number;
  readonly meaning: string;
}

/**
 * Every code that a problem of the API, or a refusal between services, may carry. This is the one place that knows
 * their HTTP statuses; `docs/errors.md` says what to do about each.
 */
export const problems = {
  BAD_REQUEST: { status: 400, meaning: 'The request cannot be parsed.' },
  UNAUTHENTICATED: { status: 401, meaning: 'The request does not say who is calling.' },
  SIGN_IN_FAILED: { status: 401, meaning: 'E-mail or password are wrong.' },
  SESSION_ENDED: { status: 401, meaning: 'The session is over: sign in again.' },
  SIGN_IN_EXPIRED: {
    status: 400,
    meaning:
      'This sign-in with another site did not begin in this browser, is over already, or took longer than ten minutes.',
  },
  SIGN_IN_DENIED: { status: 403, meaning: 'The person, or the provider, did not agree to the sign-in.' },
  REGISTRATION_CLOSED: {
    status: 403,
    meaning: 'Nobody registers here, or only with an invitation (`REGISTRATION`).',
  },
  FOREIGN_PAGE: {
    status: 403,
    meaning:
      'Pages of other sites may not call the API for whoever is signed in; in open mode they may not at all, nor may anybody by another `Host` than loopback.',
  },
  FORBIDDEN: { status: 403, meaning: 'The caller does not have the role or scope that the route needs.' },
  SIGN_IN_AGAIN: {
    status: 403,
    meaning: 'The sign-in of this session is too long ago for this (`FRESH_SIGN_IN_MINUTES`): sign in again.',
  },
  ROUTE_NOT_FOUND: { status: 404, meaning: 'There is nothing at this path.' },
  USER_NOT_FOUND: { status: 404, meaning: 'There is no such user, or it is not the caller.' },
  SNAPSHOT_NOT_FOUND: { status: 404, meaning: 'There is no such snapshot, or it belongs to somebody else.' },
  INSIGHT_NOT_FOUND: { status: 404, meaning: 'There is no such insight, or it belongs to somebody else.' },
  TASK_NOT_FOUND: { status: 404, meaning: 'There is no such task, or it belongs to somebody else.' },
  IMPORT_NOT_FOUND: {
    status: 404,
    meaning: 'There is no report of such an import, or it belongs to somebody else.',
  },
  EXPORT_NOT_FOUND: { status: 404, meaning: 'There is no such export, or none was asked for of late.' },
  PROMPT_NOT_FOUND: { status: 404, meaning: 'No version of this prompt was published.' },
  REPLAY_NOT_FOUND: { status: 404, meaning: 'There is no such replay.' },
  DEAD_LETTER_NOT_FOUND: { status: 404, meaning: 'There is no such dead letter.' },
  SESSION_NOT_FOUND: { status: 404, meaning: 'There is no such session, or it is somebody else’s.' },
  PASSKEY_NOT_FOUND: { status: 404, meaning: 'There is no such passkey, or it is somebody else’s.' },
  KEY_NOT_FOUND: { status: 404, meaning: 'There is no such key, or it is somebody else’s.' },
  CODE_NOT_FOUND: { status: 404, meaning: 'There is no such code, or it was used or has expired.' },
  ERASURE_NOT_FOUND: { status: 404, meaning: 'There is no erasure with this receipt code.' },
  LINK_NOT_FOUND: { status: 404, meaning: 'There is no such linked account, or it is somebody else’s.' },
  PROVIDER_UNKNOWN: { status: 404, meaning: 'There is no such provider to sign in with.' },
  UNKNOWN_PROJECTION: { status: 404, meaning: 'There is no such read model.' },
  METHOD_NOT_ALLOWED: { status: 405, meaning: '`Allow` names the methods of this path.' },
  REQUEST_TIMEOUT: { status: 408, meaning: 'The request did not arrive in time.' },
  NOT_LINKED: { status: 409, meaning: 'No Spotify tokens are stored for this person.' },
  RELINK_REQUIRED: { status: 409, meaning: 'Spotify ended the authorization.' },
  ALREADY_REGISTERED: {
    status: 409,
    meaning: 'This account is registered, and the caller is somebody else.',
  },
  SIGN_IN_OFF: {
    status: 409,
    meaning: 'Sign-in is off here (`AUTH_MODE=open`): there is nothing to sign in to.',
  },
  EMAIL_TAKEN: { status: 409, meaning: 'Another account signs in with this address.' },
  LINK_TAKEN: {
    status: 409,
    meaning: 'Somebody else here signs in with this account, or the caller with another one at Spotify.',
  },
  LAST_WAY_IN: { status: 409, meaning: 'It is the last way to sign in.' },
  HANDLE_TAKEN: { status: 409, meaning: 'Another person has this handle.' },
  NO_MAIL: { status: 409, meaning: 'This installation sends no mail: ask an admin for a code.' },
  PASSKEYS_NEED_DOMAIN: {
    status: 409,
    meaning: 'A passkey belongs to a domain with https, or to `localhost`, and `PUBLIC_URL` is neither.',
  },
  LAST_ADMIN: { status: 409, meaning: 'There would be no admin left who can sign in.' },
  SCHEDULE_OFF: { status: 409, meaning: 'The settings switch this schedule off.' },
  REBUILD_UNDER_WAY: { status: 409, meaning: 'The service is rebuilding a read model.' },
  NOTHING_REBUILT: { status: 409, meaning: 'There is nothing to swap in.' },
  REPLAY_STATE: { status: 409, meaning: 'The replay is in a state that does not allow this.' },
  DEAD_LETTER_STATE: {
    status: 409,
    meaning: 'The job did not fail, or something else was decided about it.',
  },
  TASK_ENDED: { status: 409, meaning: 'The task has ended already, so there is nothing to cancel.' },
  TASK_NOT_CANCELLABLE: {
    status: 409,
    meaning: 'Work of this kind is not cancelled, or no longer once it has begun.',
  },
  TASK_NOT_FAILED: { status: 409, meaning: 'The task neither failed nor was cancelled.' },
  TASK_NOT_RETRYABLE: {
    status: 409,
    meaning: 'What the task would need again is gone; the detail says how to ask for the work.',
  },
  DEAD_LETTER_EXPIRED: { status: 409, meaning: 'The log no longer has the message.' },
  EXPERIMENT_RUNNING: { status: 409, meaning: 'Versions of this prompt are already being compared.' },
  EXPORT_EXPIRED: { status: 410, meaning: 'The link has expired, and the archive is deleted.' },
  BODY_TOO_LARGE: { status: 413, meaning: 'The body is larger than `BODY_LIMIT_BYTES`.' },
  QUESTION_TOO_LARGE: {
    status: 413,
    meaning: 'The request is larger than services may send each other; send less at once.',
  },
  EVENT_TOO_LARGE: {
    status: 413,
    meaning: 'What the request would record is larger than an event may be; send less at once.',
  },
  OBJECT_TOO_LARGE: { status: 413, meaning: 'The file is larger than `UPLOAD_LIMIT_BYTES`.' },
  URI_TOO_LONG: { status: 414, meaning: 'A part of the path is too long.' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, meaning: 'This path does not take a body of this media type.' },
  EXPECTATION_FAILED: { status: 417, meaning: 'This server meets no expectation but `100-continue`.' },
  INVALID_INPUT: { status: 422, meaning: 'A field is missing, wrong or unknown; `errors` names each.' },
  IDEMPOTENCY_MISMATCH: { status: 422, meaning: 'The `Idempotency-Key` was used with another request.' },
  INVALID_PROMPT: { status: 422, meaning: 'The prompt could not be filled in; `errors` names each field.' },
  PROMPT_VERSION_UNKNOWN: { status: 422, meaning: 'The prompt has no version of that number.' },
  BAD_QUESTION: { status: 422, meaning: 'A service refused a value; `errors` names each.' },
  BAD_CURSOR: { status: 422, meaning: 'The cursor is not one that this list gave.' },
  PASSKEY_NOT_VALID: {
    status: 422,
    meaning: 'The passkey is not one of this installation, or what it signed is not what was asked for.',
  },
  CODE_NOT_VALID: { status: 422, meaning: 'There is no such code, or it was used or has expired.' },
  SIGN_IN_SLOWED: {
    status: 429,
    meaning:
      'Too many tries failed for this account or from this address; wait as long as `Retry-After` says.',
  },
  RATE_LIMITED: { status: 429, meaning: 'Over the rate limit; wait as long as `Retry-After` says.' },
  HEADERS_TOO_LARGE: { status: 431, meaning: 'The headers are larger than this server takes.' },
  INTERNAL: { status: 500, meaning: 'Something failed inside; the log has it under the `trace_id`.' },
  ANSWER_TOO_LARGE: {
    status: 500,
    meaning: 'The answer is larger than services may send each other; ask for less of it.',
  },
  TASK_FAILED: {
    status: 502,
    meaning:
      'The task that the request waited for did not succeed; the detail says why, and `Location` names it.',
  },
  PROVIDER_REFUSED: { status: 502, meaning: 'The provider refused the request.' },
  PROVIDER_ANSWER_INVALID: {
    status: 502,
    meaning: 'What the provider answered failed a check, and is not believed.',
  },
  SIMULATED_PROVIDER: { status: 502, meaning: 'A simulator answered where real data is expected.' },
  PROVIDER_UNAVAILABLE: { status: 503, meaning: 'The provider does not answer, or fails.' },
  PROVIDER_NOT_CONFIGURED: { status: 503, meaning: 'The provider needs a setting that is missing.' },
  CALLER_UNKNOWN: { status: 503, meaning: 'A question between services did not say who is asking.' },
  LOG_UNAVAILABLE: { status: 503, meaning: 'The event log did not confirm in time.' },
  SERVICE_UNAVAILABLE: { status: 503, meaning: 'A service does not answer.' },
  CACHE_UNAVAILABLE: { status: 503, meaning: 'Redis did not confirm.' },
  OBJECT_STORAGE_UNAVAILABLE: { status: 503, meaning: 'The file could not be kept.' },
  UPGRADE_REQUIRED: { status: 426, meaning: 'The path takes WebSockets alone.' },
  TOO_MANY_STREAMS: { status: 503, meaning: 'As many event streams are open as this server allows.' },
  TOO_SLOW: { status: 503, meaning: 'The answer was not ready in time.' },
  SHUTTING_DOWN: { status: 503, meaning: 'This server is shutting down.' },
} as const satisfies Record<string, ProblemKind>;

/** A code of the table above. */
export type ProblemCode = keyof typeof problems;

/** The HTTP status of a code. */
export const statusOf = (code: ProblemCode): number => problems[code].status;
