import { z } from 'zod';
import { text } from '../text.js';

/** One that a person chooses. Long ones are welcome, and nothing is asked of its characters (NIST SP 800-63B-4, 3.1.1.2). */
export const newPassword = text.min(8).max(256).meta({
  description: 'At least 8 characters; one that is easy to guess is refused.',
  format: 'password',
});

/** One that is checked: whatever was typed. */
export const givenPassword = text.min(1).max(256).meta({ format: 'password' });

/** The address that a person signs in with; its case does not count. */
export const signInEmail = z.email().max(254).toLowerCase().meta({ example: 'ada@example.org' });
