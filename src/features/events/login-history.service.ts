import * as z from 'zod';
import type { SignedInCall } from '../../call.js';
import type { Clock } from '../../platform/clock.js';
import { readInput } from '../../platform/input.js';
import { type Event, historyDays } from './event.js';
import type { EventStore } from './event.store.js';
import { fromCursor, toCursor } from './history-cursor.js';

export type LoginHistoryService = ReturnType<typeof createLoginHistoryService>;

export interface LoginHistoryPage {
  edges: { cursor: string; node: Event }[];
  hasNextPage: boolean;
}

const firstRule = z.number().int().min(1, 'Must be at least 1.').max(100, 'Must be at most 100.');

/** A cursor must be one that was issued to this user; it is read as the id of its event. */
function pageRules(userId: string) {
  const cursorRule = z.string().transform((cursor, context) => {
    const eventId = fromCursor(userId, cursor);
    if (eventId !== null) return eventId;
    context.addIssue({ code: 'custom', message: 'This is not a cursor of your login history.' });
    return z.NEVER;
  });
  return z.object({ first: firstRule, after: cursorRule.nullable() });
}

export function createLoginHistoryService(deps: { store: EventStore; clock: Clock }) {
  const { store, clock } = deps;
  return {
    /**
     * Sign-ins to the caller's account, newest first. A page goes on where its cursor points, whatever has been added
     * since. Rejects a `first` outside 1 to 100, and a cursor that was not issued to the caller.
     */
    async page({ principal }: SignedInCall, first: number, after: string | null): Promise<LoginHistoryPage> {
      const userId = principal.user.id;
      const { after: afterId } = readInput(pageRules(userId), { first, after });
      const since = new Date(clock.now().getTime() - historyDays * 86_400_000);
      const events = await store.signIns(userId, since, afterId, first + 1);
      const edges = events.slice(0, first).map((node) => ({ cursor: toCursor(userId, node.id), node }));
      return { edges, hasNextPage: events.length > first };
    },
  };
}
