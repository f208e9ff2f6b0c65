import * as z from 'zod';
import { maxPasswordLength, normalizePassword } from '../passwords/password.js';
import { newPasswordRule } from '../passwords/password-rule.js';
import { emailRule, maxEmailLength, maxUsernameLength, nameRule, usernameRule } from '../users/user.js';

const atMost = (max: number) =>
  z.string().refine((text) => [...text].length <= max, { message: `This has at most ${max} characters.` });

/**
 * What `login` takes. It refuses by form only what is over-long or names no single account: everything else that cannot
 * be an account is answered like a wrong password, so that the answer says nothing about which accounts can exist.
 */
export const loginRules = z
  .object({
    email: z.string().trim().pipe(atMost(maxEmailLength)).nullish(),
    username: atMost(maxUsernameLength).nullish(),
    password: atMost(maxPasswordLength),
  })
  .refine(({ email, username }) => (email == null) !== (username == null), {
    message: 'Give exactly one of email and username.',
    when: () => true,
  });

/** By which an account is looked up: one of the two is there. */
export type LoginName = Omit<z.infer<typeof loginRules>, 'password'>;

/** What `signup` takes. */
export function signupRules(passwordMinLength: number) {
  return z
    .object({
      email: emailRule,
      password: newPasswordRule(passwordMinLength),
      confirmPassword: z.string().nullish(),
      username: usernameRule.nullish(),
      firstName: nameRule.nullish(),
      lastName: nameRule.nullish(),
    })
    .refine(repeatsPassword, { path: ['confirmPassword'], message: 'The two passwords differ.', when: () => true });
}

/** What a new account says of itself. */
export type NewProfile = Omit<z.infer<ReturnType<typeof signupRules>>, 'password' | 'confirmPassword'>;

/** `input` may be anything, since this is looked at even where other fields are at fault. */
function repeatsPassword(input: { password?: unknown; confirmPassword?: unknown }): boolean {
  return input.confirmPassword == null || asCompared(input.confirmPassword) === asCompared(input.password);
}

/** A password that was found good is normalised by now, its repetition is as it was typed. */
function asCompared(password: unknown): unknown {
  return typeof password === 'string' ? normalizePassword(password) : password;
}
