import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type FastifyInstance, fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { playground, servePlayground } from '../../src/http/playground.js';

let app: FastifyInstance;

beforeAll(async () => {
  app = fastify();
  await app.register(playground);
  app.get('/graphql', (_request, reply) => servePlayground(reply));
  app.get('/', async () => 'not the playground');
  await app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => app.close());

/** What the page makes a browser load: scripts, styles, preloaded modules, icons and images. */
function referencesIn(html: string): string[] {
  return [...html.matchAll(/<(?:script|link|img)\b[^>]*?\b(?:src|href)="([^"]*)"/g)].map((match) => match[1] ?? '');
}

const pages = ['/playground', '/playground/', '/graphql'];

describe.each(pages)('the page at %s', (address) => {
  test('is HTML that a cache does not keep', async () => {
    const { statusCode, headers } = await app.inject(address);
    expect(statusCode).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['cache-control']).toBe('no-store');
  });

  test('refers to nothing but files of this server, and all of them are there with their type', async () => {
    const { body } = await app.inject(address);
    const references = referencesIn(body);
    expect(references).toEqual(expect.arrayContaining(['main.js', 'polyfills.js', 'styles.css', 'initial_options.js']));
    for (const reference of references) {
      expect(reference).not.toMatch(/^([a-z]+:|\/\/)/i);
      await expectServed(`/playground/${reference}`);
    }
  });

  test.each(['', '/auth', '/a/b'])(
    'finds its files and the API below the prefix "%s" of a reverse proxy',
    async (prefix) => {
      const { body } = await app.inject(address);
      const base = new URL(/<base href="([^"]*)">/.exec(body)?.[1] ?? '', `https://example.com${prefix}${address}`);
      expect(base.href).toBe(`https://example.com${prefix}/playground/`);
      for (const reference of referencesIn(body)) expect(reference).not.toMatch(/^\//);
    },
  );

  test('has no script inside, so that its policy can forbid them', async () => {
    const { body } = await app.inject(address);
    expect([...body.matchAll(/<script\b[^>]*>([^<]*)/g)].map((match) => match[1]?.trim())).toEqual(['', '', '']);
  });
});

test('what the scripts load later is there too', async () => {
  const { body: main } = await app.inject('/playground/main.js');
  const { body: styles } = await app.inject('/playground/styles.css');
  const parts = [...main.matchAll(/["'/]((?:chunk|worker)-[0-9A-Z]{8}\.js)/g)].map((match) => match[1]);
  const fonts = [...styles.matchAll(/url\(["']?\.?\/?(media\/[^"')]+)/g)].map((match) => match[1]);
  expect(parts.length).toBeGreaterThan(2);
  expect(fonts.length).toBeGreaterThan(2);
  for (const part of new Set([...parts, ...fonts, 'assets/i18n/en-US.json'])) await expectServed(`/playground/${part}`);
});

test('every answer forbids the browser to go elsewhere', async () => {
  for (const address of [...pages, '/playground/main.js', '/playground/initial_options.js']) {
    const { headers } = await app.inject(address);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['referrer-policy']).toBe('no-referrer');
    const policy = parsePolicy(headers['content-security-policy']);
    expect(policy).toMatchObject({ 'default-src': "'none'", 'connect-src': "'self'", 'frame-ancestors': "'none'" });
    expect(policy['script-src']).not.toContain("'unsafe-inline'");
    expect(Object.values(policy).join(' ')).not.toMatch(/https?:|wss?:|\*/);
  }
});

test('a file with a hash in its name is cached for a year, and any other is revalidated', async () => {
  const { body } = await app.inject('/playground');
  const hashed = referencesIn(body).find((reference) => reference.startsWith('chunk-'));
  const cacheControlOf = async (file?: string) => (await app.inject(`/playground/${file}`)).headers['cache-control'];
  expect(await cacheControlOf(hashed)).toBe('public, max-age=31536000, immutable');
  expect(await cacheControlOf('main.js')).toBe('no-cache');
  expect(await cacheControlOf('initial_options.js')).toBe('no-cache');
});

// It would run what any site posts to it, on this origin.
test('the sandbox frame of the package is not served', async () => {
  for (const file of ['index.html', '', 'index.html?sc=https://evil.example']) {
    expect((await app.inject(`/playground/iframe-sandbox/${file}`)).statusCode).toBe(404);
  }
});

test.each([
  '/playground/../package.json',
  '/playground/../../package.json',
  '/playground/%2e%2e/package.json',
  '/playground/%2e%2e%2f%2e%2e%2fpackage.json',
  '/playground/..%2f..%2fpackage.json',
  '/playground/..%5c..%5cpackage.json',
  '/playground/%252e%252e%252fpackage.json',
  '/playground/assets/../../../package.json',
  '/playground//etc/passwd',
  '/playground/%00',
  '/playground/%zz',
  '/playground/assets/',
  '/playground/assets',
  '/playground/index.html',
])('%s leads nowhere', async (path) => {
  expect([400, 403, 404]).toContain(await statusOf(path));
});

test('without the plugin there is no playground', async () => {
  const bare = fastify();
  expect((await bare.inject('/playground')).statusCode).toBe(404);
});

const types: Record<string, RegExp> = {
  js: /^(text|application)\/javascript/,
  css: /^text\/css/,
  ico: /^image\//,
  svg: /^image\/svg\+xml/,
  json: /^application\/json/,
  woff: /^font\/woff$/,
  woff2: /^font\/woff2$/,
};

async function expectServed(address: string): Promise<void> {
  const { statusCode, headers } = await app.inject(address);
  expect([address, statusCode]).toEqual([address, 200]);
  expect(headers['content-type']).toMatch(types[address.split('.').at(-1) ?? ''] ?? /^$/);
}

function parsePolicy(header: unknown): Record<string, string> {
  const directives = String(header).split('; ');
  return Object.fromEntries(directives.map((directive) => directive.split(/ (.*)/, 2)));
}

/** Over a real connection with the path as it is: `fetch` and `inject` would resolve the dots before they send them. */
function statusOf(path: string): Promise<number | undefined> {
  const { port } = app.server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on('error', reject).end();
  });
}
