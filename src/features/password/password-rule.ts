import * as z from 'zod';
import { newPasswordError, normalizePassword, passwordError } from './password.js';

type Check = (password: string) => string | null;

function passwordText(check: Check) {
  return z.string().transform((password, context) => {
    const message = check(password);
    if (message === null) return normalizePassword(password);
    context.addIssue({ code: 'custom', message });
    // As it was typed, so that its repetition can still be compared with it: both errors are answered at once.
    return password;
  });
}

/** Input rule: a password that is presented to be checked. */
export const presentedPasswordRule = passwordText(passwordError);

/** Input rule: a password that is being chosen. */
export function newPasswordRule(minLength: number) {
  return passwordText((password) => newPasswordError(password, minLength));
}
