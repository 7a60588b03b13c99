import type { Secret } from '../../api/generated/core-v1.ts';
import { secrets } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { keyOf } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
import type { Client } from '../../client/client.ts';
import { Controller, type RequeueAfter } from '../../client/controller.ts';
import type { Lister } from '../../client/lister.ts';
import type { ControllerContext } from '../context.ts';

/** When a bootstrap token runs out, in ms since 1970; undefined: never. One that cannot be read has run out. Source: pkg/controller/bootstrap, tokencleaner.go. */
export function tokenExpiry({ data }: DeepReadonly<Secret>): number | undefined {
  const encoded = data?.['expiration'];
  if (!encoded) return undefined;
  const atMs = Date.parse(Buffer.from(encoded, 'base64').toString());
  return Number.isNaN(atMs) ? 0 : atMs;
}

/** Deletes bootstrap tokens that have run out. */
export class TokenCleaner extends Controller {
  readonly #client: Client;
  readonly #secrets: Lister<Secret>;

  constructor(context: ControllerContext) {
    super({ name: 'token-cleaner-controller', clock: context.clock, logger: context.logger, workers: 1 });
    this.#client = context.client;
    const tokens = context.informers.informer(secrets, { namespace: 'kube-system', fieldSelector: 'type=bootstrap.kubernetes.io/token' });
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
