import { beforeAll, describe, expect, test } from 'vitest';
import { AuthError, type ErrorFacts } from '../../../src/errors.js';
import type { Proof } from '../../../src/features/sign-in/proof.js';
import { changeCredentials, deactivateUser } from '../../../src/features/users/user.sql.js';
import { Prisma } from '../../../src/platform/database/generated/sqlite/client.js';
import { engines } from '../../support/databases.js';
import { call, openGateRoom } from './gate-room.js';

/** The code of a rejection, and its facts; a success fails the test. */
async function rejection(attempt: Promise<unknown>): Promise<{ code: string } & ErrorFacts> {
  const error = await attempt.then(
    () => new Error('It was admitted.'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof AuthError)) throw error;
  return { code: error.code, ...error.facts };
}

async function countAdmitted(attempts: Promise<unknown>[]): Promise<number> {
  return (await Promise.allSettled(attempts)).filter(({ status }) => status === 'fulfilled').length;
}

describe.each(engines)('on %s', (engine) => {
  let room: Awaited<ReturnType<typeof openGateRoom>>;
  beforeAll(async () => {
    room = await openGateRoom(engine);
  });

  test('A right password of an account with a second factor starts no session, and is answered with a challenge', async () => {
    const { email, id } = await room.newUser({ codes: ['one'] });
    const before = await room.countSessions(id);

    const answer = await rejection(room.login(email));

    expect(answer).toEqual({
      code: 'SECOND_FACTOR_REQUIRED',
      challenge: expect.stringMatching(/^[\w-]{43}$/),
      challengeExpiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
      methods: ['TOTP'],
    });
    expect(await room.countSessions(id)).toBe(before);
    expect((await room.history(id))[0]).toMatchObject({ failure: 'SECOND_FACTOR_REQUIRED', sessionId: null });
    expect(await rejection(room.login(email, 'wrong horse battery'))).toEqual({ code: 'INVALID_CREDENTIALS' });
  });

  test('A right answer to the challenge starts the session, which both methods proved and one event records', async () => {
    const { email, id } = await room.newUser({ codes: ['one'] });
    const { challenge = '' } = await rejection(room.login(email));
    const events = (await room.history(id)).length;

    const { issued, user } = await room.signIn.complete(challenge, { method: 'TOTP', answer: 'one' }, call);

    expect(issued.session.methods).toEqual(['PASSWORD', 'TOTP']);
    expect(await room.sessions.authenticate(issued.accessToken)).toMatchObject({ user: { id } });
    expect((await room.users.find(id))?.lastLoginAt).toEqual(user.lastLoginAt);
    const history = await room.history(id);
    expect(history).toHaveLength(events);
    expect(history[0]).toMatchObject({ failure: null, method: 'PASSWORD', sessionId: issued.session.id });
  });

  test('Of sixteen callers with one challenge and one code, one gets a session', async () => {
    const { email, id } = await room.newUser({ codes: ['one', 'two'] });
    const before = await room.countSessions(id);
    const challenges = await Promise.all(
      Array.from({ length: 4 }, async () => (await rejection(room.login(email))).challenge ?? ''),
    );
    // One code with four challenges, and one of these challenges with another code too: a code and a challenge work once.
    const complete = (challenge: string, answer: string) =>
      room.signIn.complete(challenge, { method: 'TOTP', answer }, call);
    const withOneCode = Array.from({ length: 16 }, (_, i) => complete(challenges[i % 4] ?? '', 'one'));
    expect(await countAdmitted(withOneCode)).toBe(1);
    expect(await room.countSessions(id)).toBe(before + 1);
    const withEach = challenges.map((challenge) => complete(challenge, 'two'));
    expect(await countAdmitted(withEach)).toBe(1);
  });

  test('A challenge takes five wrong answers, and not one more', async () => {
    const { email } = await room.newUser({ codes: ['one'] });
    const { challenge = '' } = await rejection(room.login(email));
    const answer = (text: string) => room.signIn.complete(challenge, { method: 'TOTP', answer: text }, call);

    const guesses = await Promise.all(Array.from({ length: 16 }, (_, i) => rejection(answer(`guess ${i}`))));

    const wrong = guesses.filter(({ code }) => code === 'INVALID_CODE').map(({ attemptsLeft }) => attemptsLeft);
    expect(wrong.sort()).toEqual([0, 1, 2, 3, 4]);
    expect(guesses.filter(({ code }) => code === 'INVALID_CHALLENGE')).toHaveLength(11);
    expect(await rejection(answer('one'))).toEqual({ code: 'INVALID_CHALLENGE' });
  });

  test.each([
    { what: 'it expired', change: 'expire' },
    { what: 'a credential changed', change: 'credentials' },
    { what: 'the account was deactivated', change: 'deactivate' },
  ] as const)('A challenge is rejected once $what', async ({ change }) => {
    const { email, id } = await room.newUser({ codes: ['one'] });
    const { challenge = '' } = await rejection(room.login(email));
    const user = await room.users.find(id);
    if (!user) throw new Error('There is no account.');

    if (change === 'expire') room.clock.advance('5m');
    if (change === 'credentials') await room.db.commit({ confirm: [changeCredentials(user)] });
    if (change === 'deactivate') await room.db.commit({ confirm: [deactivateUser(id, new Date())] });

    const attempt = room.signIn.complete(challenge, { method: 'TOTP', answer: 'one' }, call);
    expect(await rejection(attempt)).toEqual({ code: 'INVALID_CHALLENGE' });
  });

  test('A challenge is not stored in a form that could be presented', async () => {
    const { email, id } = await room.newUser({ codes: ['one'] });
    const { challenge = '' } = await rejection(room.login(email));
    const rows = await room.db.read((client) => client.challenge.findMany({ where: { userId: id } }));
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(challenge);
  });

  test('A proof with a single-use statement starts one session, however often it is handed in at once', async () => {
    const { id } = await room.newUser();
    const before = await room.countSessions(id);
    await room.run(Prisma.sql`INSERT INTO "Toy" VALUES (${id}, ${'ticket'})`);
    const user = await room.users.find(id);
    if (!user) throw new Error('There is no account.');
    const proof: Proof = {
      user,
      method: 'EMAIL',
      purpose: { kind: 'SIGN_IN' },
      confirm: [Prisma.sql`DELETE FROM "Toy" WHERE "userId" = ${id} AND "code" = ${'ticket'}`],
    };

    expect(await countAdmitted(Array.from({ length: 16 }, () => room.signIn.admit(proof, call)))).toBe(1);

    expect(await room.countSessions(id)).toBe(before + 1);
    const failures = (await room.history(id)).map(({ failure }) => failure);
    expect(failures.filter((failure) => failure === 'INVALID_CREDENTIALS')).toHaveLength(15);
  });

  test('A proof with a single-use statement is spent by its challenge: of sixteen at once, one gets a challenge', async () => {
    const room = await openGateRoom(engine);
    const { id } = await room.newUser({ codes: ['one', 'ticket'] });
    const user = await room.users.find(id);
    if (!user) throw new Error('There is no account.');
    const proof: Proof = {
      user,
      method: 'EMAIL',
      purpose: { kind: 'SIGN_IN' },
      confirm: [Prisma.sql`DELETE FROM "Toy" WHERE "userId" = ${id} AND "code" = ${'ticket'}`],
    };

    const answers = await Promise.all(Array.from({ length: 16 }, () => rejection(room.signIn.admit(proof, call))));

    const codes = answers.map(({ code }) => code).sort();
    expect(codes).toEqual([...Array(15).fill('INVALID_CREDENTIALS'), 'SECOND_FACTOR_REQUIRED']);
    const { challenge = '' } = answers.find(({ code }) => code === 'SECOND_FACTOR_REQUIRED') ?? {};
    const { issued } = await room.signIn.complete(challenge, { method: 'TOTP', answer: 'one' }, call);
    expect(issued.session.methods).toEqual(['EMAIL', 'TOTP']);
  });

  test('A completed sign-in is in the history, though failures have pushed its first step out of it', async () => {
    const room = await openGateRoom(engine);
    const { email, id } = await room.newUser({ codes: ['one'] });
    const { challenge = '' } = await rejection(room.login(email));
    await room.run(Prisma.sql`DELETE FROM "Event" WHERE "userId" = ${id}`);

    const { issued } = await room.signIn.complete(challenge, { method: 'TOTP', answer: 'one' }, call);

    expect(await room.history(id)).toMatchObject([{ failure: null, sessionId: issued.session.id, method: 'PASSWORD' }]);
  });
});
