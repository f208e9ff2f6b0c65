import { beforeAll, describe, expect, test } from 'vitest';
import {
  ChangePasswordDocument,
  DeactivateAccountDocument,
  LoginDocument,
  LoginHistoryDocument,
  ResetPasswordDocument,
  SignupDocument,
  type TypedDocumentString,
  UpdateProfileDocument,
} from '../../client/generated/graphql.js';
import { type Answer, expectCode } from '../../support/client.js';
import { type Latchkey, startLatchkey } from '../../support/latchkey.js';

/** The paths that the refusal names, which says what is wrong at each and repeats nothing. */
function faultyPaths(answer: Answer<unknown>): string[] {
  const { fields = [] } = expectCode(answer, 'BAD_USER_INPUT');
  for (const { message } of fields) expect(message).toMatch(/\S/);
  expect(JSON.stringify(answer)).not.toContain('zebra');
  return [...new Set(fields.map(({ path }) => path))].sort();
}

const overlong = 'zebra'.repeat(52);

// The rules of input are asked before the database.
describe('every error is named', () => {
  let latchkey: Latchkey;
  beforeAll(async () => {
    latchkey = await startLatchkey('sqlite');
  });

  test('by signup', async () => {
    const names = { username: '-zebra', firstName: 'zebra\nzebra', lastName: '  ' };
    const input = { email: 'zebra', password: 'zebra', confirmPassword: 'zebras', ...names };
    expect(faultyPaths(await latchkey.client().send(SignupDocument, { input }))).toEqual([
      'input.confirmPassword',
      'input.email',
      'input.firstName',
      'input.lastName',
      'input.password',
      'input.username',
    ]);
  });

  test('by login', async () => {
    const input = { email: `${overlong}@example.com`, username: overlong, password: overlong };
    const paths = ['input', 'input.email', 'input.password', 'input.username'];
    expect(faultyPaths(await latchkey.client().send(LoginDocument, { input }))).toEqual(paths);
  });

  test('by updateProfile', async () => {
    const { client } = await latchkey.newAccount();
    const input = { username: 'zebra-', firstName: overlong, lastName: '' };
    const paths = ['input.firstName', 'input.lastName', 'input.username'];
    expect(faultyPaths(await client.send(UpdateProfileDocument, { input }))).toEqual(paths);
  });

  test('by changePassword', async () => {
    const { client } = await latchkey.newAccount();
    const input = { currentPassword: overlong, newPassword: 'zebra' };
    const paths = ['input.currentPassword', 'input.newPassword'];
    expect(faultyPaths(await client.send(ChangePasswordDocument, { input }))).toEqual(paths);
  });

  test('by resetPassword', async () => {
    const input = { token: 'zebra', newPassword: 'zebra' };
    expect(faultyPaths(await latchkey.client().send(ResetPasswordDocument, { input }))).toEqual(['input.newPassword']);
  });

  test.each([overlong, 'zebra\0', 'zebra\udc00'])('by deactivateAccount, of %j', async (password) => {
    const { client } = await latchkey.newAccount();
    expect(faultyPaths(await client.send(DeactivateAccountDocument, { password }))).toEqual(['password']);
  });

  test('by loginHistory', async () => {
    const { client } = await latchkey.newAccount();
    const answer = await client.send(LoginHistoryDocument, { first: 101, after: 'zebra' });
    expect(faultyPaths(answer)).toEqual(['after', 'first']);
  });

  test.each([
    ['a text for a number', LoginHistoryDocument, { first: 'zebra' }, 'first'],
    ['a fraction', LoginHistoryDocument, { first: 1.5 }, 'first'],
    ['a number for a text', SignupDocument, { input: { email: 5, password: 'zebra' } }, 'input.email'],
    ['an unknown delivery', LoginDocument, { input: { password: 'zebra', delivery: 'zebra' } }, 'input.delivery'],
  ])('%s in a variable is an error of the same kind', async (_, document, variables, path) => {
    const { client } = await latchkey.newAccount();
    expect(faultyPaths(await client.send(document as TypedDocumentString<unknown, object>, variables))).toEqual([path]);
  });
});
