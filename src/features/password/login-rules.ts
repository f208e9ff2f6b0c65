import * as z from 'zod';
import { maxEmailLength } from '../../platform/email-address.js';
import { maxUsernameLength } from '../users/user.js';
import { maxPasswordLength } from './password.js';

const atMost = (max: number) =>
  z.string().refine((text) => [...text].length <= max, { message: `This must have at most ${max} characters.` });

/**
 * What `login` takes. It rejects by form only what is over-long or names no single account: everything else that cannot
 * be an account is answered like a wrong password, so that the answer says nothing about which accounts can exist.
 */
export const loginRules = z
  .object({
    email: z.string().trim().pipe(atMost(maxEmailLength)).nullish(),
    username: z.string().trim().pipe(atMost(maxUsernameLength)).nullish(),
    password: atMost(maxPasswordLength),
  })
  .refine(({ email, username }) => (email == null) !== (username == null), {
    message: 'Give exactly one of email and username.',
    when: () => true,
  });

/** By which an account is looked up: one of the two is there. */
export type LoginName = Omit<z.infer<typeof loginRules>, 'password'>;
