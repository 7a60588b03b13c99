import type { ValidatingAdmissionPolicy } from '../../api/generated/admissionregistration-v1.ts';
import { validatingAdmissionPolicies } from '../../api/refs.ts';
import type { Client } from '../../client/client.ts';
import { Controller } from '../../client/controller.ts';
import type { Lister } from '../../client/lister.ts';
import type { ControllerContext } from '../context.ts';
import { expressionWarnings } from './plan.ts';
import { publishedSchemas } from './published-schemas.ts';

/** Tells in the status of policies which expressions do not fit the types of what they are about. */
export class ValidatingAdmissionPolicyStatus extends Controller {
  readonly #client: Client;
  readonly #policies: Lister<ValidatingAdmissionPolicy>;

  constructor(context: ControllerContext) {
    super({ name: 'validatingadmissionpolicy-status-controller', clock: context.clock, logger: context.logger, workers: 1 });
    this.#client = context.client;
    this.#policies = this.watch(context.informers.informer(validatingAdmissionPolicies), ({ metadata }) => [metadata.name]).lister;
  }

  protected async reconcile(name: string, signal: AbortSignal): Promise<undefined> {
    const policy = this.#policies.get(name);
    if (!policy || policy.status?.observedGeneration === policy.metadata.generation) return;
    const warnings = expressionWarnings(policy, await publishedSchemas(this.#client, policy, signal));
    const status = { ...policy.status, observedGeneration: policy.metadata.generation ?? 0, typeChecking: warnings.length > 0 ? { expressionWarnings: warnings } : {} };
    await this.#client.resource(validatingAdmissionPolicies).updateStatus({ ...policy, status } as ValidatingAdmissionPolicy, { signal });
  }
}
