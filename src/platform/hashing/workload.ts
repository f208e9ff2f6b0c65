/**
 * The hashing work in hand, and when more of it would be done. Work is counted in bcrypt rounds, 2^cost for each call.
 * Times are milliseconds of any one clock, which the caller reads.
 */
export interface Workload {
  /**
   * Null where work of so many rounds, coming now, would be done in time. Otherwise it is to be rejected, and this is
   * after how many seconds to try again (1 to 5). Never while a thread is idle, however slow the machine.
   */
  retryAfterSeconds(rounds: number, now: number): number | null;
  /** Takes work in hand, behind what is there. */
  add(rounds: number): Work;
  remove(work: Work): void;
  /** Learns from work that was done how long the next will take. */
  measure(rounds: number, ms: number): void;
}

export interface Work {
  readonly rounds: number;
  /** To be set when a thread takes it up. */
  startedAt: number | null;
}

interface Measurement {
  rounds: number;
  ms: number;
}

export interface WorkloadLimits {
  threads: number;
  /** Beyond those being worked on. */
  maxWaiting: number;
  /** What would be done later than this is to be rejected. */
  answerWithinMs: number;
}

/** Until the first measurement. Too much rather than too little: native bcrypt takes 0.06 where this was written. */
const GUESSED_MS_PER_ROUND = 0.2;

/** How many of the latest measurements count: enough to follow a busy machine, whose single ones differ tenfold. */
const WINDOW = 16;

export function createWorkload({ threads, maxWaiting, answerWithinMs }: WorkloadLimits): Workload {
  const inHand = new Set<Work>();
  const latest: Measurement[] = [];

  /** Work that has run for longer than it should counts already: it tells of a machine that slows down. */
  function msPerRound(now: number): number {
    const known = mean(latest) ?? GUESSED_MS_PER_ROUND;
    const running = [...inHand].map((work) => ({ rounds: work.rounds, ms: elapsed(work, now) }));
    return mean([...latest, ...running.filter(({ rounds, ms }) => ms > rounds * known)]) ?? known;
  }

  /** For each thread, in how many ms it has done its share of what is in hand. */
  function whenFree(pace: number, now: number): number[] {
    const free = Array<number>(threads).fill(0);
    for (const work of inHand) {
      const next = free.indexOf(Math.min(...free));
      free[next] = (free[next] ?? 0) + Math.max(work.rounds * pace - elapsed(work, now), 0);
    }
    return free;
  }

  return {
    retryAfterSeconds(rounds, now) {
      if (inHand.size < threads) return null;
      const pace = msPerRound(now);
      const free = whenFree(pace, now);
      const inTime = Math.min(...free) + rounds * pace <= answerWithinMs;
      if (inTime && inHand.size < threads + maxWaiting) return null;
      return Math.min(Math.max(Math.ceil(Math.max(...free) / 1000), 1), 5);
    },
    add(rounds) {
      const work = { rounds, startedAt: null };
      inHand.add(work);
      return work;
    },
    remove: (work) => void inHand.delete(work),
    measure(rounds, ms) {
      latest.push({ rounds, ms });
      if (latest.length > WINDOW) latest.shift();
    },
  };
}

function elapsed({ startedAt }: Work, now: number): number {
  return startedAt === null ? 0 : now - startedAt;
}

/** The ms of a round over all of these; null where there are none. */
function mean(measurements: Measurement[]): number | null {
  const sum = (values: number[]) => values.reduce((all, each) => all + each, 0);
  if (measurements.length === 0) return null;
  return sum(measurements.map(({ ms }) => ms)) / sum(measurements.map(({ rounds }) => rounds));
}
