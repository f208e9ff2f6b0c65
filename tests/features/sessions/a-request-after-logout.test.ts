import { beforeAll, describe, expect, test } from 'vitest';
import {
  ActiveSessionsDocument,
  ChangePasswordDocument,
  DeactivateAccountDocument,
  LoginDocument,
  LoginHistoryDocument,
  LogoutAllDocument,
  LogoutDocument,
  MeDocument,
  RefreshDocument,
  RequestEmailVerificationDocument,
  UpdateProfileDocument,
  UserByIdDocument,
} from '../../client/generated/graphql.js';
import { expectCode } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Latchkey, startLatchkey } from '../../support/latchkey.js';

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  let otherNode: Latchkey;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine);
    otherNode = await startLatchkey(latchkey);
  });

  test('is rejected by every field that needs the caller, and changes nothing', async () => {
    const { client, auth, password } = await latchkey.newAccount({ firstName: 'Ada' });
    await client.ask(LogoutDocument);
    const refused = await Promise.all([
      client.send(MeDocument),
      client.send(UserByIdDocument, { id: auth.user.id }),
      client.send(ActiveSessionsDocument),
      client.send(LoginHistoryDocument),
      client.send(LogoutAllDocument),
      client.send(UpdateProfileDocument, { input: { firstName: 'Eve' } }),
      client.send(ChangePasswordDocument, { input: { currentPassword: password, newPassword: 'stolen goods 1' } }),
      client.send(RequestEmailVerificationDocument),
      client.send(DeactivateAccountDocument, { password }),
    ]);
    for (const answer of refused) expectCode(answer, 'UNAUTHENTICATED', { reason: 'SESSION_ENDED' });

    const { login } = await latchkey.client().ask(LoginDocument, { input: { email: auth.user.email, password } });
    expect(login.user.firstName).toBe('Ada');
  });

  test('is rejected by the other nodes at once, though they knew the session', async () => {
    const { auth } = await latchkey.newAccount();
    const there = otherNode.client({ token: auth.accessToken });
    expect((await there.ask(MeDocument)).me.id).toBe(auth.user.id);
    await latchkey.client({ token: auth.accessToken }).ask(LogoutDocument);
    expectCode(await there.send(MeDocument), 'UNAUTHENTICATED', { reason: 'SESSION_ENDED' });
  });

  test('the refresh token is rejected too', async () => {
    const { client, auth } = await latchkey.newAccount();
    await client.ask(LogoutDocument);
    const answer = await latchkey.client().send(RefreshDocument, { refreshToken: auth.refreshToken });
    expectCode(answer, 'INVALID_REFRESH_TOKEN', { reason: 'SESSION_ENDED' });
  });

  test("the owner's other sessions go on", async () => {
    const { client, email, password } = await latchkey.newAccount();
    const { login } = await latchkey.client().ask(LoginDocument, { input: { email, password } });
    await client.ask(LogoutDocument);
    expect((await latchkey.client({ token: login.accessToken }).ask(MeDocument)).me.email).toBe(email);
  });
});
