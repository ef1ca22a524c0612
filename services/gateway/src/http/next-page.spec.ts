import { describe, expect, it } from 'vitest';
import { nextPage } from './next-page.js';

describe('the link to the next page', () => {
  it('repeats the query with the next cursor', () => {
    const query = { user_id: 'u', limit: 2, from: undefined, cursor: 'old' };
    expect(nextPage('/api/listening/snapshots', query, 'a b>')).toEqual({
      link: '</api/listening/snapshots?user_id=u&limit=2&cursor=a+b%3E>; rel="next"',
    });
  });

  it('is absent on the last page', () => {
    expect(nextPage('/x', {}, null)).toEqual({});
  });
});
