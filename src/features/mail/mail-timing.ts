const second = 1_000;
const hour = 3_600 * second;

/** A sender that has neither settled a mail nor renewed its claim by then has died, and another takes over. */
export const claimMs = 30 * second;

/** How often a sender renews the claims on mails that it is sending: twice before a claim would end. */
export const renewClaimMs = 10 * second;

/** A mail that the server has put off for so long is given up. An outage of the server never counts. */
export const deferredAtMostMs = 72 * hour;

/** A mail that the server has rejected so often is given up. */
export const maxRejections = 5;

const shortestWaitMs = 2 * second;
const longestWaitMs = 20 * second;

/** How long to leave the mail server alone after so many failures in a row, in milliseconds. */
export function outageWaitMs(failures: number): number {
  return Math.min(longestWaitMs, shortestWaitMs * 2 ** Math.max(0, failures - 1));
}

/** When to offer a mail again that the server wants later: its age so far, so that the waits double, within the same bounds. */
export function deferralWaitMs(ageMs: number): number {
  return Math.min(longestWaitMs, Math.max(shortestWaitMs, ageMs));
}

/** When to offer a mail again that the server rejected for the nth time. Slower: a rejection is seldom taken back. */
export function rejectionWaitMs(rejections: number): number {
  return rejections * 10 * second;
}

/** No wait or claim reaches further ahead than this; a time that does was set by a clock that was set back since. */
export const furthestAheadMs = 60 * second;
