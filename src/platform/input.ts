import type * as z from 'zod';
import { badInput, type FieldError } from '../errors.js';

/**
 * The input as the rules read it (trimmed, lower-cased …), or `BAD_USER_INPUT` with every fault at once. Rules speak
 * about values and never repeat one.
 */
export function readInput<T>(rules: z.ZodType<T>, input: unknown, argument?: string): T {
  const outcome = rules.safeParse(input);
  if (outcome.success) return outcome.data;
  throw badInput(outcome.error.issues.map((issue) => toFieldError(issue, argument)));
}

function toFieldError(issue: z.core.$ZodIssue, argument: string | undefined): FieldError {
  const path = argument === undefined ? issue.path : [argument, ...issue.path];
  return { path: path.map(String).join('.'), message: issue.message };
}
