import { isIP, SocketAddress } from 'node:net';
import { compile } from '@fastify/proxy-addr';

/** The client's address, given the address of the peer and the X-Forwarded-For header. Null: the peer is gone. */
export type ClientAddressReader = (peer: string | undefined, forwarded: string | undefined) => string | null;

/**
 * Reads the client's address: the first from the right that is not one of `trustProxy` (addresses and CIDR ranges).
 *
 * A proxy may write `unknown`, a name or nonsense. Then the client is the nearest proxy that is known, since everything
 * further left may have been written by the client.
 */
export function clientAddressReader(trustProxy: readonly string[]): ClientAddressReader {
  if (trustProxy.length === 0) return (peer = '') => canonical(peer);
  const isTrusted = compile([...trustProxy]);
  return (peer = '', forwarded = '') => {
    let nearest = canonical(peer);
    // Split at every comma, also inside quotes: a quote that a client opens must not swallow what a proxy appends.
    const elements = forwarded.split(',');
    while (nearest !== null && isTrusted(nearest, 0)) {
      const next = lastElement(elements);
      const address = next === undefined ? null : readElement(next);
      if (address === null) return nearest;
      nearest = address;
    }
    return nearest;
  };
}

/** Empty elements of a list count for nothing (RFC 9110, section 5.6.1). */
function lastElement(elements: string[]): string | undefined {
  for (;;) {
    const element = elements.pop()?.trim();
    if (element !== '') return element;
  }
}

/** `192.0.2.1`, `2001:db8::1`, `[2001:db8::1]`, either with a port (`192.0.2.1:80`, `[2001:db8::1]:80`), or in quotes. */
function readElement(element: string): string | null {
  const text = /^"(.*)"$/.exec(element)?.[1] ?? element;
  const [, bracketed, ipv4] = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d*)?$/.exec(text) ?? [];
  return canonical(bracketed ?? ipv4 ?? text);
}

/** One spelling of each address: IPv4 where an IPv6 socket wrapped it, IPv6 as RFC 5952 writes it, without a zone. */
function canonical(text: string): string | null {
  const family = isIP(text);
  if (family === 4) return text;
  if (family === 0) return null;
  const { address } = new SocketAddress({ address: text.replace(/%.*$/, ''), family: 'ipv6' });
  return address.replace(/^::ffff:(?=\d+\.)/, '');
}
