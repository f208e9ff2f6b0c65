// Load, and what comes of it. Every answer is looked at: a GraphQL failure is a 200 too.
import autocannon from 'autocannon';

const headers = { 'content-type': 'application/json' };

/** Asks Latchkey once; throws where it answers an error. */
export async function ask(url, query, variables = {}, accessToken = undefined) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: accessToken ? { ...headers, authorization: `Bearer ${accessToken}` } : headers,
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(`${errors[0].extensions.code}: ${errors[0].message}`);
  return data;
}

const signup =
  'mutation ($input: SignupInput!) { signup(input: $input) { accessToken refreshToken user { id email } } }';
export const password = 'correct horse battery staple';

/** So many accounts with a session each, as signup answers them. */
export async function signUp(url, count) {
  const accounts = [];
  for (let i = 0; i < count; i++) {
    const email = `bench-${Date.now()}-${i}@example.com`;
    accounts.push({ email, password, ...(await ask(url, signup, { input: { email, password } })).signup });
  }
  return accounts;
}

export const login = 'mutation ($input: LoginInput!) { login(input: $input) { accessToken } }';

export const meQuery = '{ me { id email firstName } }';

/**
 * What the server does over 64 connections, each of which repeats the request of one caller: requests a second, and the
 * CPU time of the server's process for each, in microseconds. `isRight` looks at every body; one wrong answer and the
 * figures count for nothing.
 */
export async function throughput(server, requests, isRight, seconds) {
  await fire(server.url, requests, isRight, 1);
  const before = await server.inside();
  const { total, duration } = await fire(server.url, requests, isRight, seconds);
  const { cpuUs } = await server.inside();
  return { perSecond: total / duration, cpuUs: (cpuUs - before.cpuUs) / total };
}

async function fire(url, requests, isRight, seconds) {
  let wrong = 0;
  let next = 0;
  const result = await autocannon({
    url: `${url}/graphql`,
    connections: 64,
    duration: seconds,
    method: 'POST',
    setupClient(client) {
      const request = requests[next++ % requests.length];
      client.setHeadersAndBody({ ...headers, ...request.headers }, request.body);
      client.on('body', (body) => {
        if (!isRight(body)) wrong++;
        // Some requests go on from what the last one answered.
        if (request.following) client.setBody(request.following(body));
      });
    },
  });
  if (wrong || result.non2xx || result.errors || result.timeouts) {
    throw new Error(`${url}: ${wrong} wrong answers, ${result.non2xx} rejected, ${result.errors} errors`);
  }
  return { total: result.requests.total, duration: result.duration };
}

const refresh = 'mutation ($token: String!) { refresh(refreshToken: $token) { refreshToken accessToken } }';
const refreshBody = (token) => JSON.stringify({ query: refresh, variables: { token } });

/** A chain of refreshes for each of these accounts: each presents the token that the one before was given. */
export function refreshRequests(accounts) {
  return accounts.map((account) => ({
    headers: {},
    get body() {
      return refreshBody(account.refreshToken);
    },
    following(body) {
      const { refreshToken } = JSON.parse(body).data.refresh;
      if (refreshToken === account.refreshToken) throw new Error('A refresh repeated itself: the chain is broken.');
      account.refreshToken = refreshToken;
      return refreshBody(refreshToken);
    },
  }));
}

export const isRefreshed = (body) => body.toString().startsWith('{"data":{"refresh":{"refreshToken":"');

/** A request of `me` for each of these accounts. */
export function meRequests(accounts) {
  return accounts.map(({ accessToken }) => ({
    headers: { authorization: `Bearer ${accessToken}` },
    body: JSON.stringify({ query: meQuery }),
  }));
}

export const isMe = (body) => body.toString().startsWith('{"data":{"me":{"id":"');
