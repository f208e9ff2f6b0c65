import { AuthError } from './errors.js';
import type { Readiness } from './http/health.route.js';
import { clockFault } from './platform/clock.js';
import type { Database } from './platform/database/database.js';
import { within } from './platform/patience.js';

/** Load balancers want to know within two seconds. */
const patienceMs = 1_500;

/** Whether this node can serve: not while it is stopping, cut off from its database, or wrong about the time. */
export function createReadiness(db: Database): { check: Readiness; stop(): void } {
  let stopping = false;

  async function whyNotReady(): Promise<string | null> {
    if (stopping) return 'stopping';
    const skew = await within(patienceMs, db.clockSkewMs()).catch(asCutOff);
    return skew === null ? 'the database is out of reach' : clockFault(skew);
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

function asCutOff(error: unknown): null {
  if (error instanceof AuthError) return null;
  throw error;
}
