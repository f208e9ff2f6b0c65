import type { Config } from './config.js';
import { unavailable } from './errors.js';
import { graphqlRoute } from './http/graphql.route.js';
import { healthRoutes } from './http/health.route.js';
import { jwksRoute } from './http/jwks.route.js';
import { listen } from './http/listen.js';
import { playground, servePlayground } from './http/playground.js';
import { closeServer, createServer } from './http/server.js';
import { type Latchkey, type LatchkeyParts, openLatchkey } from './latchkey.js';
import { systemClock } from './platform/clock.js';
import { timeLimits } from './platform/time-limits.js';

export interface Server {
  /** Where it serves. */
  url: string;
  /** Not ready at once; finishes what is in flight (10 s at most), then closes everything. */
  close(): Promise<void>;
}

/**
 * Starts everything. It listens first, so that load balancers get "starting" while it waits for its database, and
 * a port in use is noticed before anything is migrated. Throws an Error fit for the operator where it cannot serve.
 */
export async function startServer(config: Config, parts: LatchkeyParts): Promise<Server> {
  let latchkey: Latchkey | null = null;
  const http = await createHttp(config, parts, () => latchkey);
  let url: string;
  try {
    url = await listen(http, config);
    latchkey = await openLatchkey(config, parts);
  } catch (error) {
    await closeServer(http, 500);
    throw error;
  }
  const { drain, close } = latchkey;
  return {
    url,
    async close() {
      drain();
      await closeServer(http, timeLimits.drainMs).finally(close);
    },
  };
}

/** Every address there is. Until `current` answers the service, all that needs it is rejected with 503. */
async function createHttp(config: Config, { log, clock = systemClock }: LatchkeyParts, current: () => Latchkey | null) {
  const service = () => current() ?? rejectAsStarting();
  const http = createServer(config, log);
  if (config.playground) await http.register(playground);
  await http.register(graphqlRoute, {
    service,
    clock,
    settings: config,
    showPlayground: config.playground ? servePlayground : null,
  });
  await http.register(jwksRoute, { jwks: () => service().keyring.jwks() });
  await http.register(healthRoutes, {
    readiness: async () => current()?.readiness() ?? { ready: false, reason: 'starting' },
  });
  return http;
}

function rejectAsStarting(): never {
  throw unavailable('The server is starting.', 1);
}
