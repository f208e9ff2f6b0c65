/**
 * The URL, or null where the text is none. Not by `URL.canParse`: once Node 20 has optimised that call, it answers false for
 * every URL with a letter such as ü.
 */
export function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
