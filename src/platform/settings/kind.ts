import * as z from 'zod';
import { quoted } from './shown.js';

/** A value that is rejected because it is written in another way than it is compared; `text` is the way to write it. */
export class WriteInstead {
  constructor(readonly text: string) {}
}

/** What a value comes to. `undefined`: it cannot be used. */
export type Reading<T> = T | WriteInstead | undefined;

/**
 * One kind of setting. `takes` says in words what it takes, `read` reads it, `shown` is how an error shows what it got.
 * Errors read `got …; takes …`, on one line.
 */
export function kind<T>(takes: string, read: (text: string) => Reading<T>, shown: (text: string) => string = quoted) {
  return z.string().transform((text, context): T => {
    const reading = read(text);
    if (reading !== undefined && !(reading instanceof WriteInstead)) return reading as T;
    const advice = reading instanceof WriteInstead ? `: write ${quoted(reading.text)}` : '';
    context.addIssue({ code: 'custom', message: `got ${shown(text)}; takes ${takes}${advice}` });
    return z.NEVER;
  });
}

/** Comma-separated values, each read by `read`. */
export function list(takes: string, read: (item: string) => Reading<string>, shown?: (text: string) => string) {
  return kind(takes, (text) => readEach(text.split(','), read), shown);
}

function readEach(items: string[], read: (item: string) => Reading<string>): Reading<string[]> {
  const values = items.map((item) => read(item.trim()));
  if (values.includes(undefined)) return undefined;
  const texts = values.map((value) => (value instanceof WriteInstead ? value.text : (value as string)));
  return values.some((value) => value instanceof WriteInstead) ? new WriteInstead(texts.join(',')) : texts;
}

export function either(yes: string, no: string) {
  return kind(`${yes} or ${no}`, (text) => (text === yes ? true : text === no ? false : undefined));
}

export function oneOf<const Word extends string>(words: readonly Word[]) {
  return kind(`one of ${words.join(', ')}`, (text) => words.find((word) => word === text));
}
