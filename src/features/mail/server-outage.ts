import type { MailLog } from '../../platform/mail-delivery/delivery.js';
import { outageWaitMs } from './mail-timing.js';

export type ServerOutage = ReturnType<typeof createServerOutage>;

/**
 * What is known of the mail server's state. After a failure nothing is sent for a while, so that a server that is down
 * does not meet every waiting mail. Counted by the monotonic clock, and by this process for itself. Logged once per outage
 * and reason.
 */
export function createServerOutage(log: MailLog) {
  let failures = 0;
  let pausedUntil = 0;
  let logged: string | undefined;
  return {
    isOut: () => failures > 0,
    isPaused: () => performance.now() < pausedUntil,
    /** Answers how long, in milliseconds, the mail should wait. */
    failed(reason: string): number {
      if (reason !== logged) log.warn({ reason }, 'No mail can be sent; mails wait until the mail server accepts them');
      logged = reason;
      // Mails that were under way together fail together: that is one failure.
      if (performance.now() >= pausedUntil) {
        failures += 1;
        pausedUntil = performance.now() + outageWaitMs(failures);
      }
      return pausedUntil - performance.now();
    },
    answered(): void {
      if (failures > 0) log.info({}, 'The mail server answers again');
      failures = 0;
      pausedUntil = 0;
      logged = undefined;
    },
  };
}
