import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type PlaygroundOperation, playgroundEnvironment, playgroundOperations } from './playground-operations.js';

const require = createRequire(import.meta.url);
/** Loaded when first asked for: it takes longer than most of the start, and production has no playground. */
const altair = (): typeof import('altair-static') => require('altair-static');

const folder = '/playground/';
const initScript = 'initial_options.js';

/**
 * What a browser may do with anything from here: talk to this server, and nothing else. Altair runs the scripts of the
 * tabs by `eval`, in a worker without access to the page; without `unsafe-eval` it would turn to its iframe (see
 * `notServed`). Its styles are made at run time.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self' 'unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * The page itself is rendered. The sandbox frame runs any script that any window posts to it, as long as that window's
 * origin is the one in its own query string: on this origin it would be a hole for every site to reach through.
 */
const notServed = /^\/?(index\.html$|iframe-sandbox\/|.*\.md$)/;

/**
 * Serves a GraphQL playground at /playground, from the disk of this process alone; nothing it shows is fetched from
 * elsewhere, and its policy forbids it.
 */
export async function playground(app: FastifyInstance): Promise<void> {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(securityHeaders);
  });
  app.addHook('onRoute', (route) => {
    route.config = { ...route.config, quiet: true };
  });
  app.get('/playground', (_request, reply) => servePlayground(reply));
  app.get(folder, (_request, reply) => servePage(reply, './'));
  app.get(folder + initScript, (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').header('cache-control', 'no-cache').send(renderInitialOptions()),
  );
  await app.register(fastifyStatic, {
    root: join(dirname(require.resolve('altair-static')), 'dist'),
    prefix: folder,
    index: false,
    allowedPath: (path) => !notServed.test(path),
    decorateReply: false,
    cacheControl: false,
    setHeaders: (reply, path) => reply.header('cache-control', cacheControlOf(path)),
  });
}

/** Answers with the playground's page, at an address beside /playground/. */
export function servePlayground(reply: FastifyReply): FastifyReply {
  return servePage(reply, 'playground/');
}

/** The base is relative, so that the page also works below a prefix that a reverse proxy strips. */
function servePage(reply: FastifyReply, baseURL: string): FastifyReply {
  reply.headers(securityHeaders);
  // At /graphql the same address has other answers too, which a cache must not mix up with this one.
  reply.header('cache-control', 'no-store');
  return reply.type('text/html; charset=utf-8').send(renderPage(baseURL));
}

const securityHeaders = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

/** A file with a hash in its name never changes; the others do with the next release of the playground. */
function cacheControlOf(path: string): string {
  return /-[0-9A-Z]{8}\.js$/.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache';
}

function renderPage(baseURL: string): string {
  // The options are a file of their own, since the policy allows no script inside the page.
  return altair()
    .renderAltair({ baseURL, serveInitialOptionsInSeperateRequest: initScript })
    .replace('<title>Altair</title>', '<title>Latchkey playground</title>');
}

/** Altair completes a relative address by the host alone, so the script completes it by the page's base. */
const endpointURL = '(endpoint)';
const endpointInBrowser = "new URL('../graphql', document.baseURI).href";

function renderInitialOptions(): string {
  const init = altair().renderInitSnippet({
    endpointURL,
    // Request scripts can write only to a sub-environment, and only to the active one.
    initialEnvironments: {
      activeSubEnvironment: 'latchkey',
      subEnvironments: [{ id: 'latchkey', title: 'Latchkey', variables: playgroundEnvironment }],
    },
    initialWindows: playgroundOperations.map(toWindow),
    instanceStorageNamespace: 'latchkey_',
    initialSettings: {
      'alert.disableUpdateNotification': true,
      'banners.disable': true,
      disablePushNotification: true,
      // For completion and documentation; otherwise each tab would wait to be asked.
      'schema.reloadOnStart': true,
    },
    disableAccount: true,
  });
  return init.replace(`\`${endpointURL}\``, endpointInBrowser) + openFirstTab;
}

/** Altair opens the tab that it made last. On a first visit that should be the first tab; later Altair remembers. */
const openFirstTab = `
    if (!localStorage.getItem('latchkey_opened')) {
      new MutationObserver((_changes, observer) => {
        const tabs = document.querySelectorAll('.window-switcher__item');
        if (tabs.length < ${playgroundOperations.length}) return;
        observer.disconnect();
        localStorage.setItem('latchkey_opened', 'yes');
        setTimeout(() => tabs[0].click(), 500);
      }).observe(document.body, { childList: true, subtree: true });
    }
`;

function toWindow(operation: PlaygroundOperation) {
  return {
    initialName: operation.name,
    initialQuery: operation.query,
    initialVariables: JSON.stringify(operation.variables ?? {}, null, 2),
    initialHeaders: operation.signedIn ? { Authorization: 'Bearer {{accessToken}}' } : {},
    initialPostRequestScript: operation.newTokensIn ? keepTokens(operation.newTokensIn) : '',
  };
}

/** A rejected request answers no data, and leaves the tokens as they are. */
function keepTokens(field: string): string {
  return `const auth = JSON.parse(altair.response.body).data?.${field};
if (auth) {
  altair.helpers.setEnvironment('accessToken', auth.accessToken, true);
  altair.helpers.setEnvironment('refreshToken', auth.refreshToken, true);
}
`;
}
