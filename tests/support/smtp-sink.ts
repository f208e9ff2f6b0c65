import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { Certificate } from './certificate.js';

/** A mail as it came over the wire: the body's lines as sent, in their transfer encoding. */
export interface SunkMail {
  from: string;
  to: string[];
  data: string;
}

/** What the sink says; `undefined`: what it says by itself; `null`: nothing at all. */
type Answer = string | null | undefined;

export interface SmtpSinkOptions {
  /** Greets in the sink's place, when the promise resolves. */
  greet?: () => Promise<Answer>;
  /** Answers a command line in the sink's place, for example `RCPT TO:<…>` with `550 No`. */
  answer?: (line: string) => Answer;
  /** Answers a whole mail in the sink's place, when the promise resolves. `null`: the connection breaks. */
  take?: (mail: SunkMail) => Promise<Answer>;
  /** The lines of its answer to EHLO, without codes: `['sink', 'STARTTLS']`. */
  extensions?: string[];
  /** Speaks TLS: from the first byte, or after STARTTLS where `extensions` offers that. */
  certificate?: Certificate;
}

export type SmtpSink = Awaited<ReturnType<typeof startSmtpSink>>;

/** A mail server that takes every mail and delivers none. `mails` has those that arrived whole, also where it rejected them. */
export async function startSmtpSink(options: SmtpSinkOptions = {}) {
  const mails: SunkMail[] = [];
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  const implicitTls = options.certificate !== undefined && !options.extensions?.includes('STARTTLS');
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)));
    converse(implicitTls ? secured(socket, options) : socket, { ...options, mails, commands });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as { port: number };
  return {
    url: `${implicitTls ? 'smtps' : 'smtp'}://127.0.0.1:${address.port}`,
    mails,
    /** Every command that it was given. */
    asked: () => commands,
    /** How many connections it has had. */
    connections: () => connections,
    /** Ends every connection that is open, as a server that restarts. */
    disconnect(): void {
      for (const socket of sockets) socket.destroy();
    },
    /** Breaks every connection, and accepts no more. */
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function secured(socket: Socket, { certificate }: SmtpSinkOptions): Socket {
  const secure = new TLSSocket(socket, { isServer: true, secureContext: createSecureContext({ ...certificate }) });
  return secure.on('error', () => {});
}

interface Conversation extends SmtpSinkOptions {
  mails: SunkMail[];
  commands: string[];
}

const nothing = (): SunkMail => ({ from: '', to: [], data: '' });

function converse(socket: Socket, options: Conversation, greeted = false): void {
  const { mails, commands, extensions = ['sink'] } = options;
  let mail = nothing();
  let inData = false;
  let rest = '';
  const say = (text: string) => void (socket.writable && socket.write(`${text}\r\n`));

  async function takeMail(): Promise<void> {
    const whole = mail;
    mail = nothing();
    mails.push(whole);
    const other = await options.take?.(whole);
    if (other === null) socket.destroy();
    else say(other ?? '250 Taken');
  }

  function readData(line: string): void {
    if (line !== '.') {
      mail.data += `${line.replace(/^\./, '')}\r\n`;
      return;
    }
    inData = false;
    void takeMail();
  }

  function startTls(): void {
    socket.removeAllListeners('data');
    say('220 Go ahead');
    converse(secured(socket, options), options, true);
  }

  function readCommand(line: string): void {
    commands.push(line);
    const other = options.answer?.(line);
    if (other === null) return;
    if (other !== undefined) say(other);
    else if (/^STARTTLS/i.test(line) && options.certificate) startTls();
    else say(obey(line));
  }

  function obey(line: string): string {
    const path = /<(.*)>/.exec(line)?.[1] ?? '';
    if (/^MAIL FROM/i.test(line)) mail = { from: path, to: [], data: '' };
    if (/^RCPT TO/i.test(line)) mail.to.push(path);
    if (/^STARTTLS/i.test(line)) return '502 Not here';
    if (/^EHLO/i.test(line)) return helloOf(extensions);
    inData = /^DATA/i.test(line);
    return inData ? '354 Go on' : '250 Good';
  }

  socket.on('data', (chunk) => {
    const lines = (rest + chunk.toString('latin1')).split('\r\n');
    rest = lines.pop() ?? '';
    for (const line of lines) inData ? readData(line) : readCommand(line);
  });
  if (!greeted) void greet();

  async function greet(): Promise<void> {
    const other = await options.greet?.();
    if (other !== null) say(other ?? '220 sink');
  }
}

function helloOf(extensions: string[]): string {
  return extensions.map((line, index) => `250${index < extensions.length - 1 ? '-' : ' '}${line}`).join('\r\n');
}
