/** One ready-made tab of the playground. */
export interface PlaygroundOperation {
  /** The title of the tab. */
  name: string;
  query: string;
  /** `{{name}}` is replaced by the playground from its environment, see `playgroundEnvironment`. */
  variables?: Record<string, unknown>;
  /** Whether it sends the access token. What opens or renews a session does without, so that a stale one is not in its way. */
  signedIn: boolean;
  /** The field whose answer brings a new pair of tokens, which the playground keeps. */
  newTokensIn?: 'signup' | 'login' | 'refresh';
}

/** What the playground remembers from one request to the next. */
export const playgroundEnvironment = { accessToken: '', refreshToken: '' };

const example = { email: 'ada@example.com', password: 'an engine of analysis' };

/** The tabs, in the order in which a newcomer would try them. */
export const playgroundOperations: PlaygroundOperation[] = [
  {
    name: '1 · signup',
    query: `# Creates an account and starts its first session. Press the green button, or Ctrl+Enter.
#
# A script on this tab keeps both tokens of the answer, so the tabs that follow are signed in.
# To see or change the account, click Variables, below. Each email address works once.
mutation Signup($input: SignupInput!) {
  signup(input: $input) {
    accessToken
    accessTokenExpiresAt
    refreshToken
    refreshTokenExpiresAt
    user { id email username emailVerified }
    session { id device expiresAt }
  }
}
`,
    variables: { input: { ...example, username: 'ada', firstName: 'Ada', lastName: 'Lovelace' } },
    signedIn: false,
    newTokensIn: 'signup',
  },
  {
    name: '2 · login',
    query: `# Starts one more session of the same account, and keeps its tokens instead.
#
# By email, or by username: replace "email" under Variables. A wrong password and an unknown
# account are answered alike, INVALID_CREDENTIALS.
mutation Login($input: LoginInput!) {
  login(input: $input) {
    accessToken
    accessTokenExpiresAt
    refreshToken
    refreshTokenExpiresAt
    user { id email lastLoginAt }
    session { id device expiresAt }
  }
}
`,
    variables: { input: example },
    signedIn: false,
    newTokensIn: 'login',
  },
  {
    name: '3 · me',
    query: `# The account behind the kept access token, which travels in the Authorization header.
query Me {
  me {
    id
    email
    emailVerified
    username
    firstName
    lastName
    createdAt
    lastLoginAt
  }
}
`,
    signedIn: true,
  },
  {
    name: '4 · active sessions',
    query: `# Where this account is signed in; "current" is the session that asks.
query ActiveSessions {
  activeSessions {
    id
    current
    device
    ipAddress
    createdAt
    lastUsedAt
    expiresAt
  }
}
`,
    signedIn: true,
  },
  {
    name: '5 · refresh',
    query: `# Trades the kept refresh token for a new pair, and keeps that.
#
# Each refresh token works once. One that is presented again, later than a retry would be, counts
# as stolen: the answer is reason REUSED, and the session ends everywhere.
mutation Refresh($refreshToken: String) {
  refresh(refreshToken: $refreshToken) {
    accessToken
    accessTokenExpiresAt
    refreshToken
    refreshTokenExpiresAt
    session { id expiresAt }
  }
}
`,
    variables: { refreshToken: '{{refreshToken}}' },
    signedIn: false,
    newTokensIn: 'refresh',
  },
  {
    name: '6 · logout',
    query: `# Ends the session of the access token. Then try "me" once more: the token has not expired,
# and is rejected, with reason SESSION_ENDED.
#
# To end another session, give its id: logout(sessionId: "…"). To end all: logoutAll.
mutation Logout {
  logout {
    endedSessionIds
  }
}
`,
    signedIn: true,
  },
];
