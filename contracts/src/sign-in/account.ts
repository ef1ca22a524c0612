import { z } from 'zod';
import { roles } from '../access/principal.js';
import { id } from '../id.js';
import { text } from '../text.js';

/** A one-time code, as it is handed from an admin to a person. */
export const oneTimeCode = text.trim().min(1).max(100);

export const invitation = z.strictObject({
  admin: z
    .boolean()
    .default(false)
    .meta({ description: 'Whether whoever registers with it becomes an admin.' }),
});

/** A person as admins see them: whether they can sign in, and nothing of what they listen to. */
export const account = z
  .object({
    user_id: id,
    display_name: z.string(),
    roles,
    signs_in_by: z
      .array(z.enum(['password', 'passkey', 'spotify', 'oidc']))
      .max(4)
      .meta({ description: 'Empty: the person cannot sign in yet, and needs a code.' }),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Account' });
export type Account = z.output<typeof account>;

export const issuedCode = z
  .object({
    code: z.string().meta({ description: 'Good once, for whoever has it. It is shown this once.' }),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'IssuedCode' });
export type IssuedCode = z.output<typeof issuedCode>;

/** A one-time code that is good, as admins see it: the code itself is known to whoever was given it. */
export const pendingCode = z
  .object({
    code_id: id,
    is_for: z.enum(['invitation', 'password']).meta({ description: 'What it is good for.' }),
    user_id: id.nullable().meta({ description: 'Whose password it sets; null: it invites somebody new.' }),
    admin: z.boolean().meta({ description: 'Whether whoever registers with it becomes an admin.' }),
    issued_by: id.nullable().meta({
      description:
        'The admin who made it; null: whoever runs the installation, or a mail that was asked for.',
    }),
    by_mail: z
      .boolean()
      .meta({ description: 'Whether it was sent to the address of whoever forgot a password.' }),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'PendingCode' });
export type PendingCode = z.output<typeof pendingCode>;
