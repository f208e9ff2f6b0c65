import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** What of nodemailer's options says where the server is. */
export interface SmtpServer {
  host?: string | undefined;
  port?: number | string | undefined;
  /** TLS from the first byte. */
  secure?: boolean | undefined;
  tls?: object | undefined;
}

/** For one of several addresses of a host: one that does not answer is followed by the next. */
const addressMs = 5_000;

/**
 * A connection to the server, in `timeoutMs` at most; the signal breaks it off. Ours and not nodemailer's, whose bound
 * for connecting covers the greeting too: an address that nothing answers on would be waited for as long as a greeting.
 */
export function connectTo(server: SmtpServer, timeoutMs: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = open(server);
    const giveUp = (error: Error) => socket.destroy(error);
    const timer = setTimeout(() => giveUp(connectTimeout()), timeoutMs);
    const onAbort = () => giveUp(new Error('The mailer was closed.'));
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    signal.addEventListener('abort', onAbort);
    // It stays when the connection is there: an error before its new owner listens would end the process.
    socket.on('error', (error) => {
      settle();
      reject(error);
    });
    socket.once(server.secure ? 'secureConnect' : 'connect', () => {
      settle();
      resolve(socket);
    });
  });
}

function open({ host = 'localhost', port, secure, tls }: SmtpServer): Socket {
  const target = {
    host,
    port: Number(port) || (secure ? 465 : 587),
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: addressMs,
  };
  return secure ? connectTls({ ...target, servername: isIP(host) ? '' : host, ...tls }) : connectTcp(target);
}

function connectTimeout(): Error {
  return Object.assign(new Error('No connection in time.'), { code: 'ETIMEDOUT', timeoutType: 'CONNECT_TIMEOUT' });
}
