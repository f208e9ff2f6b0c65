const maxCharacters = 500;

/** Line breaks and other control, direction and separator characters, which could forge or hide a line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped
const unprintable = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The text with control characters as `\u` escapes, so that it stays one line wherever it is shown. */
export function escapeControls(text: string): string {
  return text.replace(unprintable, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** What an error says, as one line of at most 500 characters: the text of all its lines, never its stack. */
export function oneLine(error: unknown): string {
  const text = escapeControls(messageOf(error).trim().replace(/\s+/g, ' '));
  return text.length > maxCharacters ? `${text.slice(0, maxCharacters)}…` : text;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Of a connection to a name with several addresses, Node's error has an empty message and one error per address.
  if (error instanceof AggregateError && !error.message) return error.errors.map(messageOf).join('; ');
  return error.message || String((error as NodeJS.ErrnoException).code ?? error.name);
}
