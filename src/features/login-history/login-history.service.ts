import * as z from 'zod';
import type { Clock } from '../../platform/clock.js';
import { readInput } from '../../platform/input.js';
import type { User } from '../users/user.js';
import { fromCursor, historyDays, type LoginEvent, toCursor } from './login-event.js';
import type { LoginHistoryStore } from './login-history.store.js';

export type LoginHistoryService = ReturnType<typeof createLoginHistoryService>;

export interface LoginHistoryPage {
  edges: { cursor: string; node: LoginEvent }[];
  hasNextPage: boolean;
}

const firstRule = z.number().int().min(1, 'Ask for at least 1.').max(100, 'Ask for at most 100.');

/** What a page is asked for with: the cursor is one that was handed out to this user, and read as its event's id. */
function pageRules(userId: string) {
  const cursorRule = z.string().transform((cursor, context) => {
    const eventId = fromCursor(userId, cursor);
    if (eventId !== null) return eventId;
    context.addIssue({ code: 'custom', message: 'This is not a cursor of yours.' });
    return z.NEVER;
  });
  return z.object({ first: firstRule, after: cursorRule.nullable() });
}

export function createLoginHistoryService(deps: { store: LoginHistoryStore; clock: Clock }) {
  const { store, clock } = deps;
  return {
    /**
     * Sign-ins to the caller's account, newest first. A page goes on where its cursor points, whatever has been added
     * since. Refuses a `first` outside 1 to 100, and a cursor that is not as handed out.
     */
    async page(caller: { user: User }, first: number, after: string | null): Promise<LoginHistoryPage> {
      const userId = caller.user.id;
      const { after: afterId } = readInput(pageRules(userId), { first, after });
      const since = new Date(clock.now().getTime() - historyDays * 86_400_000);
      const events = await store.page(userId, since, afterId, first + 1);
      const edges = events.slice(0, first).map((node) => ({ cursor: toCursor(userId, node.id), node }));
      return { edges, hasNextPage: events.length > first };
    },
  };
}
