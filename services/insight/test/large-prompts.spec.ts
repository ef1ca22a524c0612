import { getPrompt, publishPrompt } from '@undertone/contracts/prompt/rpc';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Harness, startHarness } from './harness.js';

const VERSIONS = 42;
const name = 'wellness';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

it('a prompt whose versions are larger than an answer may be is read page by page, oldest first', async () => {
  const [shipped] = (await harness.rpc.ask(getPrompt, { name })).versions.slice(-1);
  const first = (shipped?.number ?? 0) + 1;
  for (let n = 0; n < VERSIONS; n += 1) {
    const content = `${n} ${'Write of the week. '.repeat(800)}{{facts}}`;
    await harness.rpc.ask(publishPrompt, {
      name,
      messages: [
        { role: 'system', content },
        { role: 'user', content },
      ],
      variables: { facts: 'json' },
      parameters: {},
      model: null,
      changelog: `Version ${n}.`,
    });
  }
  const found: string[] = [];
  let pages = 0;
  for (let cursor: string | undefined; ; ) {
    const page = await harness.rpc.ask(getPrompt, { name, ...(cursor && { cursor }) });
    pages += 1;
    found.push(...page.versions.map(({ number, changelog }) => `${number} ${changelog}`));
    expect(page.newest).toBe(first + VERSIONS - 1);
    if (!page.next) break;
    cursor = page.next;
  }
  expect(pages).toBeGreaterThan(1);
  expect(found.slice(-VERSIONS)).toEqual(
    Array.from({ length: VERSIONS }, (_, n) => `${first + n} Version ${n}.`),
  );
  await expect(harness.rpc.ask(getPrompt, { name, cursor: 'soon' })).rejects.toMatchObject({
    code: 'BAD_CURSOR',
  });
});
