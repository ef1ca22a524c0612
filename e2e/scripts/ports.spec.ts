import { expect, it, vi } from 'vitest';
import { pickPort } from '../../scripts/processes/ports.mjs';

it('gives no port away twice, though nothing listens there yet', async () => {
  const random = vi.spyOn(Math, 'random').mockReturnValue(0.5);
  const first = await pickPort();
  random.mockReturnValueOnce(0.5).mockReturnValueOnce(0.5).mockReturnValue(0.25);
  const second = await pickPort();
  random.mockRestore();
  expect(second).not.toBe(first);
});
