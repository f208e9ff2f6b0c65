import type { Config } from './config.js';
import { unavailable } from './errors.js';
import { graphqlRoute } from './http/graphql.route.js';
import { healthRoutes } from './http/health.route.js';
import { jwksRoute } from './http/jwks.route.js';
import { listen } from './http/listen.js';
import { playground, servePlayground } from './http/playground.js';
import { closeServer, createServer } from './http/server.js';
import { systemClock } from './platform/clock.js';
import { openService, type Service, type ServiceParts } from './service.js';

export interface App {
  /** Where it serves. */
  url: string;
  /** Not ready at once; finishes what is in flight (10 s at most), then closes everything. */
  close(): Promise<void>;
}

const drainTimeoutMs = 10_000;

/**
 * Starts everything. It listens first, so that load balancers get "starting" while it waits for its database, and
 * a port in use is noticed before anything is migrated. Throws an Error fit for the operator where it cannot serve.
 */
export async function startApp(config: Config, parts: ServiceParts): Promise<App> {
  let service: Service | null = null;
  const http = await createHttp(config, parts, () => service);
  let url: string;
  try {
    url = await listen(http, config);
    service = await openService(config, parts);
  } catch (error) {
    await closeServer(http, 500);
    throw error;
  }
  const { retire, close } = service;
  return {
    url,
    async close() {
      retire();
      await closeServer(http, drainTimeoutMs);
      await close();
    },
  };
}

/** Every address there is. Until `current` answers a service, all that needs it is refused with 503. */
async function createHttp(config: Config, { log, clock = systemClock }: ServiceParts, current: () => Service | null) {
  const service = () => current() ?? refuseAsStarting();
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

function refuseAsStarting(): never {
  throw unavailable('The server is starting.', 1);
}
