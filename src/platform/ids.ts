import { v7 as uuidv7, validate, version } from 'uuid';

/** A new UUID, version 7: its first bits are the time, so ids sort by when they were made and index well. */
export function newId(): string {
  return uuidv7();
}

let made = 0;

/**
 * One for something that happened then: such ids sort by that, to the millisecond, whenever they are made; in one
 * millisecond those of this process by the order in which they were made.
 */
export function newIdAt(time: Date): string {
  made = (made + 1) >>> 0;
  return uuidv7({ msecs: time.getTime(), seq: made });
}

/** Whether the text is a UUID of version 7 in its canonical, lower-case form: only such a text can name a row. */
export function isId(text: string): boolean {
  return validate(text) && version(text) === 7 && text === text.toLowerCase();
}
