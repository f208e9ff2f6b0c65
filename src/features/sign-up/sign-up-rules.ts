import * as z from 'zod';
import { normalizePassword } from '../password/password.js';
import { newPasswordRule } from '../password/password-rule.js';
import { emailRule, nameRule, usernameRule } from '../users/user.js';

/** What `signup` takes. */
export function signUpRules(passwordMinLength: number) {
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

/** The profile of a new account. */
export type NewProfile = Omit<z.infer<ReturnType<typeof signUpRules>>, 'password' | 'confirmPassword'>;

/** `input` may be anything, since this is checked even where other fields are wrong. */
function repeatsPassword(input: { password?: unknown; confirmPassword?: unknown }): boolean {
  return input.confirmPassword == null || asCompared(input.confirmPassword) === asCompared(input.password);
}

/** A password that passed its rule is normalised by now, its repetition is as it was typed. */
function asCompared(password: unknown): unknown {
  return typeof password === 'string' ? normalizePassword(password) : password;
}
