import { describe, expect, it } from 'vitest';
import { filledPath, queryOf } from './encode.ts';

describe('a path', () => {
  it('is filled and encoded, and the other fields are left', () => {
    const filled = filledPath('/api/{name}/versions/{number}', { name: 'a/b c', number: 2, swap: 'never' });
    expect(filled).toEqual({ path: '/api/a%2Fb%20c/versions/2', rest: { swap: 'never' } });
  });

  it.each([[undefined], [''], ['.'], ['..']])('does not take %j, which names another route', (name) => {
    expect(() => filledPath('/api/prompts/{name}', { name })).toThrow(/^name cannot be .*in \/api\/prompts/);
  });
});

describe('a query', () => {
  it('has text, numbers and booleans, without what is undefined', () => {
    expect(queryOf({ a: 'x&y=ä', b: 7, c: false, d: undefined })).toBe('?a=x%26y%3D%C3%A4&b=7&c=false');
    expect(queryOf({ a: undefined })).toBe('');
  });

  it('does not take what is more than one value', () => {
    expect(() => queryOf({ filter: { from: '2026-01-01' } })).toThrow('filter does not fit into a query');
  });
});
