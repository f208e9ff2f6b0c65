import { isIP, isIPv4 } from 'node:net';
import { isHttp, parseStrictUrl } from './http-url.js';
import { kind, list, WriteInstead } from './kind.js';
import { withoutPassword } from './shown.js';

export const listenHost = kind('an IP address or a host name to listen on, such as 127.0.0.1, 0.0.0.0 or ::', (text) =>
  isIP(text) || (/^[a-z0-9](?:[\w.-]{0,251}[a-z0-9])?$/i.test(text) && !/^[\d.]+$/.test(text)) ? text : undefined,
);

/** Origins, compared byte for byte with the Origin header. */
export const origins = list(
  'comma-separated origins, exactly as a browser sends them: scheme, host in lower case and ASCII, port if it is not the usual one, no closing slash, such as https://app.example.com or capacitor://localhost',
  (item) => {
    const origin = originOf(item);
    return origin === undefined || origin === item ? origin : new WriteInstead(origin);
  },
  withoutPassword,
);

function originOf(item: string): string | undefined {
  const url = parseStrictUrl(item);
  // URL would let https://*.example.com pass, which no origin equals.
  if (!url || url.username || url.password || item.includes('*')) return undefined;
  return isHttp(url) ? url.origin : appOrigin(item);
}

/** Pages of these schemes send no origin, or `null`. */
const withoutOrigin = /^(?:ftp|wss?|file|javascript|data|blob|about|filesystem)$/i;
/** `htps` and `htttps` are misspelled, no app's own scheme. */
const misspelledHttp = /^[htps]+$/i;

/** Of an app shell or a browser extension, such as `capacitor://localhost` or `chrome-extension://id`. */
function appOrigin(item: string): string | undefined {
  const [, scheme = '', host] = /^([a-z][a-z0-9+.-]*):\/\/([\w.~-]+(?::\d{1,5})?)\/?$/i.exec(item) ?? [];
  if (host === undefined || withoutOrigin.test(scheme) || misspelledHttp.test(scheme)) return undefined;
  return `${scheme.toLowerCase()}://${host}`;
}

/** No /0 (it would trust every address), no names, and no number of hops, which Fastify takes for "no proxy". */
export const proxies = list('comma-separated IP addresses or CIDR ranges, such as 10.0.0.0/8 or ::1', (item) => {
  const [, ip = '', prefix] = /^([^/%]+)(?:\/([1-9]\d{0,2}))?$/.exec(item) ?? [];
  const fits = isIP(ip) !== 0 && (prefix === undefined || Number(prefix) <= (isIPv4(ip) ? 32 : 128));
  return fits ? item : undefined;
});
