import { createServer } from 'node:net';

/**
 * A TCP port of this machine that nobody has taken yet. Not one that the system would choose: those are handed out to
 * others before whoever asked gets to use it (Linux begins at 32768).
 */
export async function freePort() {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
