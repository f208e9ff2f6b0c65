import { setTimeout as sleep } from 'node:timers/promises';
import type { KeyService } from '../keys/key.service.js';
import { keysKnownForMs } from '../keys/keyring.js';

export type KeyAdministration = ReturnType<typeof createKeyAdministration>;

/** There is no key with this id that could be revoked. */
export class UnknownKey extends Error {
  override readonly name = 'UnknownKey';

  constructor(kid: string) {
    super(`There is no key ${JSON.stringify(kid)} that could be revoked.`);
  }
}

/** What operators do to signing keys. A change returns when every node has noticed it. */
export function createKeyAdministration(keys: KeyService) {
  return {
    list: () => keys.list(),

    /** Adds a key that is published at once and signs after ten minutes, or at once. Answers its kid. */
    async rotate(options: { now: boolean }): Promise<string> {
      const kid = await keys.rotate(options);
      await everyNodeHasNoticed();
      return kid;
    },

    /** Revokes a key; if it was the one that signs, a new one does. Rejects an unknown or revoked one with `UnknownKey`. */
    async revoke(kid: string): Promise<void> {
      if (!(await keys.revoke(kid))) throw new UnknownKey(kid);
      await everyNodeHasNoticed();
    },
  };
}

/** The margin covers requests that a node began to answer with what it knew before. */
async function everyNodeHasNoticed(): Promise<void> {
  await sleep(keysKnownForMs + 250);
}
