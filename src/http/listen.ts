import dns from 'node:dns';
import { once } from 'node:events';
import { type AddressInfo, createServer, isIP, isIPv6, type Server } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** The host's name does not resolve, or the system's error on listening at one of its addresses. */
export class ListenError extends Error {
  override readonly name = 'ListenError';

  constructor(override readonly cause: NodeJS.ErrnoException) {
    super(cause.message);
  }
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Of a host name with several addresses, the sockets of all but the first. */
    furtherListeners: Server[];
  }
}

/**
 * Listens on every address of `host` that this machine has, on one port; answers a URL for it. Rejects with a ListenError.
 * One HTTP server reads the connections of all, so that limits, timeouts and closing are the same for each.
 */
export async function listen(app: FastifyInstance, { host, port }: { host: string; port: number }): Promise<string> {
  await app.ready();
  app.log.info('starting');
  return listenOnEach(app, await resolve(host), port);
}

function resolve(host: string): Promise<string[]> {
  if (isIP(host)) return Promise.resolve([host]);
  return new Promise((resolve, reject) => {
    dns.lookup(host, { all: true }, (error, found) => {
      if (error) reject(new ListenError(error));
      else resolve([...new Set(found.map(({ address }) => address))]);
    });
  });
}

/** Some of a name's addresses may not exist here, such as ::1 where IPv6 is off; at least one must. */
export async function listenOnEach(app: FastifyInstance, addresses: string[], port: number): Promise<string> {
  let first: AddressInfo | undefined;
  let missing: unknown = new ListenError(new Error('it has no address'));
  for (const address of addresses) {
    const server = first ? createForwarder(app.server) : app.server;
    try {
      const bound = await bind(server, address, first?.port ?? port);
      if (first) app.furtherListeners.push(server);
      first ??= bound;
    } catch (error) {
      if (!isNotHere(error)) throw error;
      missing = error;
    }
  }
  if (!first) throw missing;
  return urlOf(first);
}

/** Accepts connections for an HTTP server that listens elsewhere. The options are those of Node's own HTTP servers. */
function createForwarder(http: Server): Server {
  return createServer({ allowHalfOpen: true, noDelay: true }, (socket) => http.emit('connection', socket));
}

async function bind(server: Server, host: string, port: number): Promise<AddressInfo> {
  server.listen({ host, port });
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new ListenError(error as NodeJS.ErrnoException);
  }
  return server.address() as AddressInfo;
}

function isNotHere(error: unknown): boolean {
  return error instanceof ListenError && ['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(error.cause.code ?? '');
}

/** Where this machine reaches it: "every address" is none that a browser opens. */
function urlOf({ address, port }: AddressInfo): string {
  if (address === '0.0.0.0') return `http://127.0.0.1:${port}`;
  if (address === '::') return `http://localhost:${port}`;
  return `http://${isIPv6(address) ? `[${address}]` : address}:${port}`;
}
