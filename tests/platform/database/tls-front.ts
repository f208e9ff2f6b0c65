import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterwards } from '../../support/cleanup.js';

/** The file of the certificate that `tlsFront` shows, which is its own authority. */
export const certificateFile = fileURLToPath(new URL('./tls/self-signed-certificate.pem', import.meta.url));
const keyFile = fileURLToPath(new URL('./tls/self-signed-key.pem', import.meta.url));

/** Speaks TLS, as PostgreSQL does after its SSLRequest, in front of the PostgreSQL at `url`; answers the address. */
export async function tlsFront(url: string): Promise<string> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const adopt = (socket: Socket) => sockets.add(socket.on('error', () => socket.destroy()));
  const secured = createTlsServer({ cert: readFileSync(certificateFile), key: readFileSync(keyFile) }, (secure) => {
    const far = connect(Number(target.port), target.hostname);
    for (const socket of [secure, far]) adopt(socket);
    secure.pipe(far).pipe(secure);
  }).on('tlsClientError', () => undefined);
  const server = createServer((near) => {
    adopt(near);
    near.once('data', () => {
      near.pause();
      near.write('S', () => secured.emit('connection', near));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterwards(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const front = new URL(url);
  front.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return front.href;
}
