import type { ClusterRole } from '../../api/generated/rbac-v1.ts';
import { clusterRoles } from '../../api/refs.ts';
import { apiVersionOf } from '../../apimachinery/meta.ts';
import type { Client } from '../../client/client.ts';
import { Controller } from '../../client/controller.ts';
import type { Lister } from '../../client/lister.ts';
import type { ControllerContext } from '../context.ts';
import { planRules } from './plan.ts';

/** Fills the roles that are made of others: admin, edit, view. */
export class ClusterRoleAggregationController extends Controller {
  readonly #client: Client;
  readonly #roles: Lister<ClusterRole>;

  constructor(context: ControllerContext) {
    super({ name: 'clusterrole-aggregation-controller', clock: context.clock, logger: context.logger });
    this.#client = context.client;
    this.#roles = this.watch(context.informers.informer(clusterRoles), () => this.#aggregating()).lister;
  }

  #aggregating(): readonly string[] {
    return this.#roles.list().filter(({ aggregationRule }) => aggregationRule).map(({ metadata }) => metadata.name);
  }

  protected async reconcile(name: string, signal: AbortSignal): Promise<undefined> {
    const role = this.#roles.get(name);
    const rules = role && planRules(role, this.#roles.list());
    if (!rules) return;
    const patch = { apiVersion: apiVersionOf(clusterRoles), kind: clusterRoles.kind, metadata: { name }, rules };
    await this.#client.resource(clusterRoles).patch(name, { type: 'apply', patch, force: true }, { fieldManager: 'clusterrole-aggregation-controller', signal });
  }
}
