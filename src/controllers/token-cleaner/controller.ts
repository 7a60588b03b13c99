import type { Secret } from '../../api/generated/core-v1.ts';
import { secrets } from '../../api/refs.ts';
import { keyOf } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
import type { Client } from '../../client/client.ts';
import { Controller, type RequeueAfter } from '../../client/controller.ts';
import type { Lister } from '../../client/lister.ts';
import { BOOTSTRAP_TOKENS, tokenExpiry } from '../bootstrap-token.ts';
import type { ControllerContext } from '../context.ts';

/** Deletes bootstrap tokens that have run out. */
export class TokenCleaner extends Controller {
  readonly #client: Client;
  readonly #secrets: Lister<Secret>;

  constructor(context: ControllerContext) {
    super({ name: 'token-cleaner-controller', clock: context.clock, logger: context.logger, workers: 1 });
    this.#client = context.client;
    const tokens = context.informers.informer(secrets, BOOTSTRAP_TOKENS);
    this.#secrets = this.watch(tokens, (secret) => [keyOf(secret)]).lister;
  }

  protected async reconcile(key: string, signal: AbortSignal): Promise<RequeueAfter | undefined> {
    const secret = this.#secrets.get(key);
    const dueMs = secret && tokenExpiry(secret);
    if (!secret || dueMs === undefined) return;
    const afterMs = dueMs - this.clock.now();
    if (afterMs > 0) return { afterMs };
    const { name, namespace, uid } = secret.metadata;
    try {
      await this.#client.resource(secrets, namespace).delete(name, { preconditions: { uid }, signal });
    } catch (error) {
      if (!hasReason(error, 'NotFound', 'Conflict')) throw error;
    }
    return undefined;
  }
}
