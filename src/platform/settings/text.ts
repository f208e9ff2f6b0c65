import { kind } from './kind.js';

/** NODE_ENV. What looks like `production` but is not is rejected: it would be served with everything open. */
export const nodeEnv = kind('production, in lower case, or another word that does not begin with "prod"', (text) =>
  text === 'production' || !/^\s*prod/i.test(text) ? text : undefined,
);

export const audience = kind('1 to 500 characters without control characters', (text) =>
  text.length <= 500 && !/\p{Cc}|\p{Cs}/u.test(text) ? text : undefined,
);

/** Never shown. */
export const secret = kind(
  'at least 32 characters',
  (text) => ([...text].length >= 32 ? text : undefined),
  () => 'a value that is not repeated here',
);
