import { isDeepStrictEqual } from 'node:util';
import type { Namespace, NamespaceStatus } from '../../api/generated/core-v1.ts';
import { namespaces, pods } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
import type { Client } from '../../client/client.ts';
import { Controller, type RequeueAfter } from '../../client/controller.ts';
import type { Lister } from '../../client/lister.ts';
import type { ControllerContext } from '../context.ts';
import { discoverPreferred } from '../discovery.ts';
import { conditionsOf } from './conditions.ts';
import { emptyNamespace } from './empty-namespace.ts';

const FINALIZER = 'kubernetes';

/** Empties a namespace that is being deleted, and lets go of it when nothing is left. */
export class NamespaceController extends Controller {
  readonly #client: Client;
  readonly #namespaces: Lister<Namespace>;

  constructor(context: ControllerContext) {
    super({ name: 'namespace-controller', clock: context.clock, logger: context.logger, workers: 10 });
    this.#client = context.client;
    this.#namespaces = this.watch(context.informers.informer(namespaces), ({ metadata }) => [metadata.name]).lister;
    // The last pod that goes lets the rest go.
    this.watch(context.informers.informer(pods), ({ metadata }, { after }) => (!after && this.#isGoing(metadata.namespace ?? '') ? [metadata.namespace ?? ''] : []));
  }

  #isGoing(name: string): boolean {
    return this.#namespaces.get(name)?.metadata.deletionTimestamp !== undefined;
  }

  protected async reconcile(name: string, signal: AbortSignal): Promise<RequeueAfter | undefined> {
    const cached = this.#namespaces.get(name);
    if (!cached?.metadata.deletionTimestamp || !cached.spec.finalizers?.includes(FINALIZER)) return;
    try {
      const terminating = await this.#writeStatus(cached, { ...cached.status, phase: 'Terminating' }, signal);
      const discovered = await discoverPreferred(this.#client, signal);
      const result = await emptyNamespace(this.#client, name, discovered, signal);
      const conditions = conditionsOf(result, terminating.status.conditions ?? [], this.clock.now());
      const told = await this.#writeStatus(terminating, { ...terminating.status, conditions }, signal);
      const [failure] = [...result.deletionFailures, ...result.discoveryFailures.values()];
      if (failure) throw failure;
      if (result.remaining.size > 0) return { afterMs: (Math.floor(result.estimateSeconds / 2) + 1) * 1000 };
      await this.#finalize(told, signal);
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
    }
  }

  async #writeStatus(namespace: DeepReadonly<Namespace>, status: DeepReadonly<NamespaceStatus>, signal: AbortSignal): Promise<DeepReadonly<Namespace>> {
    if (isDeepStrictEqual(namespace.status, status)) return namespace;
    return this.#client.resource(namespaces).updateStatus({ ...namespace, status }, { signal });
  }

  async #finalize(namespace: DeepReadonly<Namespace>, signal: AbortSignal): Promise<void> {
    const finalizers = namespace.spec.finalizers?.filter((finalizer) => finalizer !== FINALIZER) ?? [];
    const body = { ...namespace, apiVersion: 'v1', kind: 'Namespace', spec: { ...namespace.spec, finalizers } };
    await this.#client.resource(namespaces).subresource(namespace.metadata.name, 'finalize', { method: 'PUT', body, signal });
  }
}
