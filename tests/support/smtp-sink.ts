import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** A mail as it came over the wire: the body's lines as sent, in their transfer encoding. */
export interface SunkMail {
  from: string;
  to: string[];
  data: string;
}

export interface SmtpSinkOptions {
  /** Answers a command line in the sink's place, for example `RCPT TO:<…>` with `550 No`. `null`: says nothing at all. */
  answer?: (line: string) => string | null | undefined;
}

export type SmtpSink = Awaited<ReturnType<typeof startSmtpSink>>;

/** A mail server that takes every mail and delivers none. */
export async function startSmtpSink({ answer = () => undefined }: SmtpSinkOptions = {}) {
  const mails: SunkMail[] = [];
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)));
    converse(socket, mails, (line) => {
      commands.push(line);
      return answer(line);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as { port: number };
  return {
    url: `smtp://127.0.0.1:${address.port}`,
    mails,
    /** Every command that it was given. */
    asked: () => commands,
    /** Breaks every connection; nobody answers on the port any more. */
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function converse(socket: Socket, mails: SunkMail[], answer: NonNullable<SmtpSinkOptions['answer']>): void {
  let mail: SunkMail = { from: '', to: [], data: '' };
  let inData = false;
  let rest = '';
  const say = (text: string) => socket.write(`${text}\r\n`);

  function readData(line: string): void {
    if (line !== '.') {
      mail.data += `${line.replace(/^\./, '')}\r\n`;
      return;
    }
    inData = false;
    mails.push(mail);
    mail = { from: '', to: [], data: '' };
    say('250 Taken');
  }

  function readCommand(line: string): void {
    const other = answer(line);
    if (other === null) return;
    if (other !== undefined) {
      say(other);
      return;
    }
    const path = /<(.*)>/.exec(line)?.[1] ?? '';
    if (/^MAIL FROM/i.test(line)) mail = { from: path, to: [], data: '' };
    if (/^RCPT TO/i.test(line)) mail.to.push(path);
    inData = /^DATA/i.test(line);
    say(inData ? '354 Go on' : '250 Good');
  }

  say('220 sink');
  socket.on('data', (chunk) => {
    const lines = (rest + chunk.toString('latin1')).split('\r\n');
    rest = lines.pop() ?? '';
    for (const line of lines) inData ? readData(line) : readCommand(line);
  });
}
