import type { Namespace, ServiceAccount } from '../../api/generated/core-v1.ts';
import { namespaces, serviceAccounts } from '../../api/refs.ts';
import { hasReason } from '../../apimachinery/status.ts';
import type { Client } from '../../client/client.ts';
import { Controller } from '../../client/controller.ts';
import type { Lister } from '../../client/lister.ts';
import type { ControllerContext } from '../context.ts';
import { isNamespaceTerminating } from '../pod-control.ts';

/** Every active namespace has the service account `default`. */
export class ServiceAccountController extends Controller {
  readonly #client: Client;
  readonly #namespaces: Lister<Namespace>;
  readonly #accounts: Lister<ServiceAccount>;

  constructor(context: ControllerContext) {
    super({ name: 'serviceaccount-controller', clock: context.clock, logger: context.logger, workers: 1 });
    this.#client = context.client;
    this.#namespaces = this.watch(context.informers.informer(namespaces), ({ metadata }) => [metadata.name]).lister;
    this.#accounts = this.watch(context.informers.informer(serviceAccounts), ({ metadata }, { after }) => (after ? [] : [metadata.namespace ?? ''])).lister;
  }

  protected async reconcile(namespace: string, signal: AbortSignal): Promise<undefined> {
    if (this.#namespaces.get(namespace)?.status.phase !== 'Active' || this.#accounts.get(`${namespace}/default`)) return;
    try {
      await this.#client.resource(serviceAccounts, namespace).create({ metadata: { name: 'default', namespace } }, { signal });
    } catch (error) {
      if (!hasReason(error, 'AlreadyExists') && !isNamespaceTerminating(error)) throw error;
    }
  }
}
