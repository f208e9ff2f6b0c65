import Bowser from 'bowser';

/** The user agent in words, for example "Firefox on Linux"; null where it names neither browser nor system. */
export function describeDevice(userAgent: string | null): string | null {
  if (!userAgent) return null;
  const { browser, os } = Bowser.parse(userAgent);
  if (!browser.name) return os.name ?? null;
  return os.name ? `${browser.name} on ${os.name}` : browser.name;
}
