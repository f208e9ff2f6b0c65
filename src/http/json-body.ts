import type { FastifyInstance } from 'fastify';
import { HttpError } from './http-error.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Takes JSON in UTF-8 and nothing else: forms and text can be sent by any foreign page without asking (a "simple"
 * request of CORS), so refusing them with 415 is what keeps mutations from being forged.
 */
export function readJsonOnly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    // Nothing is unpacked here: a few packed bytes can be a gigabyte.
    if (!/^(identity)?$/i.test(request.headers['content-encoding'] ?? '')) {
      return done(new HttpError(415, 'A body comes as it is, without Content-Encoding.'));
    }
    const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(request.headers['content-type'] ?? '')?.[1];
    if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
      return done(new HttpError(415, 'A body is JSON in UTF-8.'));
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
