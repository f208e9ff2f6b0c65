import { expect } from 'vitest';
import type { ErrorCode } from '../../src/errors.js';
import type { TypedDocumentString } from '../client/generated/graphql.js';

/** One of an answer's `errors`, with the facts that the contract knows of. */
export interface Fault {
  message: string;
  path?: (string | number)[];
  locations?: { line: number; column: number }[];
  extensions: {
    code: string;
    reason?: string;
    fields?: { path: string; message: string }[];
    retryAfterSeconds?: number;
    requestId?: string;
  };
}

export interface Answer<Data> {
  data: Data | null;
  errors: Fault[];
  status: number;
  headers: Headers;
}

/** How a caller shows who it is, and what else its requests carry. */
export interface Identity {
  /** Travels as `Authorization: Bearer …`. */
  token?: string;
  /** The value of `__Host-latchkey`. */
  cookie?: string;
  headers?: Record<string, string>;
}

type Document<Data, Variables> = TypedDocumentString<Data, Variables>;
/** Operations that need no variables may be sent without. */
type Given<Variables> = Record<string, never> extends Variables ? [variables?: Variables] : [variables: Variables];

export interface Client {
  /** The answer as it came, rejections included. */
  send<Data, Variables>(document: Document<Data, Variables>, ...given: Given<Variables>): Promise<Answer<Data>>;
  /** The data of an answer without errors; any other fails the test. */
  ask<Data, Variables>(document: Document<Data, Variables>, ...given: Given<Variables>): Promise<Data>;
  /** The same caller with this changed, for example `client.with({ token })`. */
  with(change: Identity): Client;
}

/** Speaks to the Latchkey at `url` as any client would: by HTTP, and with operations typed from its schema. */
export function createClient(url: string, identity: Identity = {}): Client {
  const client: Client = {
    async send<Data, Variables>(document: Document<Data, Variables>, ...[variables]: Given<Variables>) {
      const body = JSON.stringify({ query: document.toString(), variables });
      const response = await fetch(`${url}/graphql`, { method: 'POST', headers: headersOf(identity), body });
      const { data = null, errors = [] } = (await response.json()) as Partial<Answer<Data>>;
      return { data, errors, status: response.status, headers: response.headers };
    },
    async ask(document, ...given) {
      const { data, errors } = await client.send(document, ...given);
      if (errors.length > 0 || data === null) throw new Error(`Refused: ${JSON.stringify(errors)}`);
      return data;
    },
    with: (change) => createClient(url, { ...identity, ...change }),
  };
  return client;
}

function headersOf({ token, cookie, headers }: Identity): Record<string, string> {
  return {
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(cookie === undefined ? {} : { cookie: `__Host-latchkey=${cookie}` }),
    ...headers,
  };
}

/** The answer is one refusal with this code and, where named, these facts; returns its extensions. */
export function expectCode(
  answer: Answer<unknown>,
  code: ErrorCode,
  facts: Partial<Fault['extensions']> = {},
): Fault['extensions'] {
  expect(answer.errors).toEqual([expect.objectContaining({ extensions: expect.objectContaining({ code, ...facts }) })]);
  return answer.errors[0]?.extensions ?? { code };
}

export interface SetCookie {
  value: string;
  /** Names in lower case, for example `max-age`; those without a value are ''. */
  attributes: Record<string, string>;
}

/** The refresh cookie that an answer sets; null where it sets none. A cleared one has an empty value. */
export function cookieOf(answer: { headers: Headers }): SetCookie | null {
  const line = answer.headers.getSetCookie().find((cookie) => cookie.startsWith('__Host-latchkey='));
  if (line === undefined) return null;
  const [[, value = ''] = [], ...attributes] = line.split(/; */).map((part) => part.split(/=(.*)/s));
  return { value, attributes: Object.fromEntries(attributes.map(([name = '', of = '']) => [name.toLowerCase(), of])) };
}
