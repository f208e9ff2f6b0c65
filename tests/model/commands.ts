import fc from 'fast-check';

/**
 * What clients do, as plain data, so that a failing run prints as what it is and shrinks well. Sessions and tokens are
 * named by where they stand when the command's turn comes (0: the newest live one), so every command is always possible.
 */
export type Command = { node: number } & Act;

export type Act =
  | { do: 'login'; account: number; by: 'email' | 'username'; right: boolean; delivery: Delivery; header: Token | null }
  | { do: 'refresh'; argument: Token | null; cookie: Token | null }
  | { do: 'logout'; sessionId?: SessionPick; token?: Token; header: Token | null; cookie: Token | null }
  | { do: 'logoutAll'; keepCurrent: boolean; header: Token | null; cookie: Token | null }
  | { do: 'changePassword'; right: boolean; delivery: Delivery; header: Token | null }
  | { do: 'resetPassword'; account: number }
  | { do: 'deactivateAccount'; right: boolean; header: Token | null; cookie: Token | null }
  | { do: 'reactivate'; account: number }
  | { do: 'me'; header: Token | null }
  | { do: 'activeSessions'; header: Token | null }
  /** So many times so many seconds, and what everybody who is signed in does after each. */
  | { do: 'pass'; seconds: number; times: number; everybody: 'WAITS' | 'REFRESHES' | 'LOOKS' };

export type Delivery = 'BODY' | 'COOKIE';

/** A session's newest token of the kind, or one so many before it, where there are any; `forged`: badly signed. */
export type Token = { kind: 'access' | 'refresh'; session: number; back: number; forged?: true } | { garbage: string };

/** By its id: one of the caller's account, of the other one, or none. */
export type SessionPick = { of: 'caller' | 'other'; session: number } | { unknown: string };

/** Plain objects, which print shorter than those without a prototype. */
function record<T>(fields: { [Key in keyof T]: fc.Arbitrary<T[Key]> }): fc.Arbitrary<T> {
  return fc.record(fields, { noNullPrototype: true });
}

const node = fc.nat({ max: 1 });
const account = fc.nat({ max: 1 });
const session = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: fc.nat({ max: 5 }) },
);
const newest = fc.constant(0);
const older = fc.integer({ min: 1, max: 4 });
const anyAge = fc.oneof(newest, older);
const delivery = fc.constantFrom<Delivery>('BODY', 'COOKIE');
const mostlyRight = fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) });

const access = record({
  kind: fc.constant('access' as const),
  session,
  back: fc.oneof({ weight: 5, arbitrary: newest }, { weight: 1, arbitrary: older }),
});
const refresh = record({
  kind: fc.constant('refresh' as const),
  session,
  back: anyAge,
});
const forged = record({
  kind: fc.constantFrom('access' as const, 'refresh' as const),
  session,
  back: newest,
  forged: fc.constant(true as const),
});
const garbage = record({
  garbage: fc.constantFrom('x', 'a.b.c', 'eyJhbGciOiJub25lIn0.e30.', 'x'.repeat(5_000)),
});

/** Mostly a token of the kind that belongs there. */
function mostly(fitting: fc.Arbitrary<Token>, other: fc.Arbitrary<Token>): fc.Arbitrary<Token> {
  return fc.oneof({ weight: 10, arbitrary: fitting }, { weight: 1, arbitrary: fc.oneof(other, forged, garbage) });
}

const accessToken = mostly(access, refresh);
const refreshToken = mostly(refresh, access);
const anyGenuine = record({ kind: fc.constantFrom('access' as const, 'refresh' as const), session, back: anyAge });
const anyToken = fc.oneof({ weight: 10, arbitrary: anyGenuine }, forged, garbage);
const header = fc.option(accessToken, { freq: 12 });
const cookie = fc.option(refreshToken, { freq: 1 });
const nothing = fc.constant(null);

const unknown = fc.constantFrom('0199c7a5-0000-7000-8000-000000000000', 'x', 'x'.repeat(5_000));
const sessionPick: fc.Arbitrary<SessionPick> = fc.oneof(
  { weight: 5, arbitrary: record({ of: fc.constantFrom('caller' as const, 'other' as const), session }) },
  { weight: 1, arbitrary: record({ unknown }) },
);

const refreshCommand = fc.oneof(
  { weight: 8, arbitrary: record({ argument: refreshToken, cookie: nothing }) },
  { weight: 4, arbitrary: record({ argument: nothing, cookie: refreshToken }) },
  { weight: 2, arbitrary: record({ argument: fc.option(refreshToken), cookie: refreshToken }) },
  { weight: 1, arbitrary: record({ argument: nothing, cookie: nothing }) },
);

const logoutCommand = fc.oneof(
  { weight: 3, arbitrary: record({ header, cookie: nothing }) },
  { weight: 3, arbitrary: record({ header: fc.option(accessToken, { freq: 2 }), cookie: refreshToken }) },
  { weight: 3, arbitrary: record({ sessionId: sessionPick, header, cookie }) },
  { weight: 4, arbitrary: record({ token: anyToken, header: fc.option(accessToken, { freq: 1 }), cookie }) },
  { weight: 1, arbitrary: record({ token: anyToken, sessionId: sessionPick, header, cookie: nothing }) },
);

const once = fc.constant(1);
const anything = fc.constantFrom('WAITS' as const, 'REFRESHES' as const, 'LOOKS' as const);
const staying = fc.constant('REFRESHES' as const);
const passCommand = fc.oneof(
  // Within the grace, also twice, or just beyond it; then beyond it at once.
  { weight: 4, arbitrary: record({ seconds: fc.constantFrom(10, 20), times: once, everybody: anything }) },
  { weight: 2, arbitrary: record({ seconds: fc.constantFrom(10, 20), times: fc.constant(4), everybody: staying }) },
  { weight: 4, arbitrary: record({ seconds: fc.constant(30), times: once, everybody: anything }) },
  // Longer than the last use is exact to; beyond an access token.
  { weight: 2, arbitrary: record({ seconds: fc.constantFrom(70, 160), times: once, everybody: anything }) },
  // Never idle for too long; three of them lead close to the absolute limit, four beyond it.
  {
    weight: 3,
    arbitrary: record({ seconds: fc.constant(290), times: fc.constantFrom(1, 2, 3, 3, 4), everybody: staying }),
  },
  // Idle for too long, or beyond every limit.
  { weight: 1, arbitrary: record({ seconds: fc.constantFrom(310, 910), times: once, everybody: anything }) },
);

const by = fc.constantFrom('email' as const, 'username' as const);

const act = fc.oneof(
  { weight: 10, arbitrary: named('login', record({ account, by, right: mostlyRight, delivery, header })) },
  { weight: 20, arbitrary: named('refresh', refreshCommand) },
  { weight: 6, arbitrary: named('logout', logoutCommand) },
  { weight: 2, arbitrary: named('logoutAll', record({ keepCurrent: fc.boolean(), header, cookie })) },
  { weight: 2, arbitrary: named('changePassword', record({ right: mostlyRight, delivery, header })) },
  { weight: 1, arbitrary: named('resetPassword', record({ account })) },
  { weight: 1, arbitrary: named('deactivateAccount', record({ right: mostlyRight, header, cookie })) },
  { weight: 2, arbitrary: named('reactivate', record({ account })) },
  { weight: 2, arbitrary: named('me', record({ header })) },
  { weight: 4, arbitrary: named('activeSessions', record({ header })) },
  { weight: 10, arbitrary: named('pass', passCommand) },
) as fc.Arbitrary<Act>;

function named<const Name extends string, Facts extends object>(name: Name, facts: fc.Arbitrary<Facts>) {
  return facts.map((given) => ({ do: name, ...given }));
}

const command = fc.tuple(node, act).map(([on, what]): Command => ({ node: on, ...what }));

/**
 * Up to 60 commands, as likely many as few: short stories tell little. Fast-check shrinks a list from its start, and what
 * comes after a failure does not matter, so the lists are turned round.
 */
export const commandLists = fc
  .noBias(fc.array(command, { minLength: 1, maxLength: 60, size: 'max' }))
  .map((commands) => commands.toReversed());
