import * as z from 'zod';
import { newPasswordFault, normalizePassword, passwordFault } from './password.js';

type Fault = (password: string) => string | null;

function passwordText(fault: Fault) {
  return z.string().transform((password, context) => {
    const message = fault(password);
    if (message === null) return normalizePassword(password);
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

/** Input rule: a password that is presented to be checked. */
export const presentedPasswordRule = passwordText(passwordFault);

/** Input rule: a password that is being chosen. */
export function newPasswordRule(minLength: number) {
  return passwordText((password) => newPasswordFault(password, minLength));
}
