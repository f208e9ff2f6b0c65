import type { FastifyInstance } from 'fastify';
import { HttpError } from './http-error.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Takes JSON in UTF-8 and nothing else. Any page can send forms and text without a preflight, so rejecting them with 415
 * is the protection against forged mutations (CSRF).
 */
export function readJsonOnly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    // Nothing is decompressed: a few bytes can become a gigabyte.
    if (!/^(identity)?$/i.test(request.headers['content-encoding'] ?? '')) {
      return done(new HttpError(415, 'The body must be sent without Content-Encoding.'));
    }
    const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(request.headers['content-type'] ?? '')?.[1];
    if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
      return done(new HttpError(415, 'The body must be JSON in UTF-8.'));
    }
    parse(request, decode(body as Buffer), done);
  });
}

function decode(body: Buffer): string {
  try {
    return utf8.decode(body);
  } catch {
    throw new HttpError(400, 'The body is not valid UTF-8.');
  }
}
