import { z } from 'zod';
import { badInput } from '../../errors.js';
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

const pageRules = z.object({
  first: z.number().int().min(1, 'Ask for at least 1.').max(100, 'Ask for at most 100.'),
});

export function createLoginHistoryService(deps: { store: LoginHistoryStore; clock: Clock }) {
  const { store, clock } = deps;
  return {
    /**
     * Sign-ins to the caller's account, newest first. A page goes on where its cursor points, whatever has been added
     * since. Refuses a `first` outside 1 to 100, and a cursor that is not as handed out.
     */
    async page(caller: { user: User }, first: number, after: string | null): Promise<LoginHistoryPage> {
      readInput(pageRules, { first });
      const userId = caller.user.id;
      const afterId = after === null ? null : fromCursor(userId, after);
      if (after !== null && afterId === null)
        throw badInput([{ path: 'after', message: 'This is not a cursor of yours.' }]);

      const since = new Date(clock.now().getTime() - historyDays * 86_400_000);
      const events = await store.page(userId, since, afterId, first + 1);
      const edges = events.slice(0, first).map((node) => ({ cursor: toCursor(userId, node.id), node }));
      return { edges, hasNextPage: events.length > first };
    },
  };
}
