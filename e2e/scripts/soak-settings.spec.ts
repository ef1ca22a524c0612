import { expect, it } from 'vitest';
import { soakSettings } from '../../scripts/test/soak-settings.mjs';

it('takes the flags of the soak of jobs out of what was typed, and leaves the others to whom they are for', () => {
  expect(soakSettings(['soak', 'jobs', '--jobs', '500', '--seed=a', '--resume', '--filter=x'])).toEqual({
    settings: { SOAK_JOBS: '500', SOAK_SEED: 'a', SOAK_RESUME: '1' },
    rest: ['soak', 'jobs', '--filter=x'],
  });
  expect(soakSettings(['unit', '--jobs', '5'])).toEqual({ settings: {}, rest: ['unit', '--jobs', '5'] });
});
