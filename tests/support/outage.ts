import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterwards } from './cleanup.js';

export interface Outage {
  /** The same server as the given address, but through a line that the test can break. */
  url: string;
  /** Connections break, and new ones are refused: a server that has ended. */
  cut(): void;
  /** Nothing arrives any more, and nobody is told: a network that has failed, or a machine that hangs. */
  hang(): void;
  /** As before. What was sent into a hanging line arrives now. */
  restore(): void;
}

type State = 'up' | 'cut' | 'hanging';

/** Puts a breakable line before the server that `url` names (PostgreSQL, SMTP …), closed like everything of a test. */
export async function breakable(url: string): Promise<Outage> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let state: State = 'up';

  function adopt(socket: Socket): void {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  }
  const server = createServer((near) => {
    if (state === 'cut') return void near.resetAndDestroy();
    const far = connect(Number(target.port || 5432), target.hostname);
    for (const socket of [near, far]) adopt(socket);
    for (const [from, to] of [[near, far] as const, [far, near] as const]) {
      // Not pipe(): it would resume by itself what hang() has paused.
      from
        .on('data', (bytes) => to.write(bytes))
        .on('end', () => to.end())
        .on('close', () => to.destroy());
      if (state === 'hanging') from.pause();
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterwards(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });

  function become(next: State, change: (socket: Socket) => unknown): void {
    state = next;
    for (const socket of sockets) change(socket);
  }
  const line = new URL(url);
  line.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: line.href,
    cut: () => become('cut', (socket) => socket.resetAndDestroy()),
    hang: () => become('hanging', (socket) => socket.pause()),
    restore: () => become('up', (socket) => socket.resume()),
  };
}
