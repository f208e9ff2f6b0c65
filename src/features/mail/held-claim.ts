import type { Clock } from '../../platform/clock.js';
import type { Outbox } from './outbox.store.js';

export interface Claim {
  mailId: string;
  claimId: string;
}

/**
 * Renews the claim on a mail for as long as `work` lasts, so that a slow server's mail is not sent by another node
 * as well. The signal is aborted where the claim is lost: the mail was voided, or another sender has taken over after
 * this process was suspended.
 */
export async function whileClaimed(
  { outbox, clock, everyMs }: { outbox: Outbox; clock: Clock; everyMs: number },
  { mailId, claimId }: Claim,
  work: (lost: AbortSignal) => Promise<void>,
): Promise<void> {
  const lost = new AbortController();
  const renew = () =>
    outbox.renewClaim(mailId, claimId, clock.now()).then(
      (held) => held || lost.abort(),
      () => undefined, // the next renewal is in time still
    );
  const timer = setInterval(renew, everyMs);
  try {
    await work(lost.signal);
  } finally {
    clearInterval(timer);
  }
}
