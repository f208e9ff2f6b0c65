import { isOutage } from './errors.js';
import type { Readiness } from './http/health.route.js';
import { clockError } from './platform/clock.js';
import type { Database } from './platform/database/database.js';
import { timeLimits } from './platform/time-limits.js';
import { within } from './platform/timeout.js';

/** Whether this node can serve: not while it is stopping, cut off from its database, or wrong about the time. */
export function createReadiness(db: Database): { check: Readiness; stop(): void } {
  let stopping = false;

  async function whyNotReady(): Promise<string | null> {
    if (stopping) return 'stopping';
    try {
      const skew = await within(timeLimits.readinessMs, db.clockSkewMs());
      return skew === null ? 'The database is out of reach.' : clockError(skew);
    } catch (error) {
      if (isOutage(error)) return error.message;
      throw error;
    }
  }

  return {
    async check() {
      const reason = await whyNotReady();
      return reason === null ? { ready: true } : { ready: false, reason };
    },
    stop() {
      stopping = true;
    },
  };
}
