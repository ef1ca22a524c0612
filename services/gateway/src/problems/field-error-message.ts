import type { z } from 'zod';

type Issue = Parameters<z.core.$ZodErrorMap>[0];

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

const FORMS: Readonly<Record<string, string>> = {
  uuid: 'a UUID',
  datetime: 'a time such as 2026-11-24T09:00:00Z',
  date: 'a day such as 2026-11-24',
  email: 'an e-mail address',
  url: 'a URL',
};

/** What a field has to be, in the words of this API; what none are here for keeps the schema's own. */
export function fieldErrorMessage(issue: Issue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return KINDS[issue.expected] && `must be ${KINDS[issue.expected]}`;
    case 'invalid_format':
      return FORMS[issue.format] && `must be ${FORMS[issue.format]}`;
    case 'invalid_value':
      return `must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}`;
    case 'too_small':
      if (issue.origin === 'string' && issue.minimum === 1) return 'must not be empty';
      return `must ${issue.inclusive ? 'be at least' : 'be more than'} ${amount(issue.origin, issue.minimum)}`;
    case 'too_big':
      return `must ${issue.inclusive ? 'be at most' : 'be less than'} ${amount(issue.origin, issue.maximum)}`;
    default:
      return undefined;
  }
}

function amount(origin: string, limit: number | bigint): string {
  if (origin === 'string') return `${limit} characters long`;
  return origin === 'array' ? `${limit} entries long` : `${limit}`;
}
