import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import { labelSelectorOf } from '../../apimachinery/selectors/label-selector.ts';
import { badRequest, failure, hasReason, notFound } from '../../apimachinery/status.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { Eviction, PodDisruptionBudget } from '../../api/generated/policy-v1.ts';
import { statusAnswer, type Answer } from '../answer.ts';
import { outputForm, type SpecialHandler } from '../handlers/dispatcher.ts';
import { checkDeleteOptions } from '../handlers/delete.ts';
import { checkNamespace, optionsObject, writeContext } from '../handlers/write-target.ts';
import { readObject } from '../registry/body.ts';
import { withoutOneDisruption } from './disruption-budget.ts';
import { markDisrupted } from './disruption-target.ts';
import { deleteObject } from '../registry/delete.ts';
import type { DeleteOptions } from '../registry/delete-options.ts';
import { writeOptions } from '../registry/options.ts';
import { askedKey, BUILT_IN_MEDIA, cacheOf, type ServedResource } from '../registry/served-resource.ts';
import { updateObject } from '../registry/update.ts';
import { attributesOf, type Registry, type WriteContext } from '../registry/write-context.ts';
import type { ApiRequest } from '../request.ts';

const TARGET = { apiVersion: 'policy/v1', kind: 'Eviction', message: 'policy.v1.Eviction', media: BUILT_IN_MEDIA, alsoAccepts: ['policy/v1beta1'] };

/** `pods/eviction`: a delete that asks the PodDisruptionBudgets first. Source: pkg/registry/core/pod/storage/eviction.go. */
export class EvictionHandler implements SpecialHandler {
  readonly verbs = ['create'];
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  async handle(request: ApiRequest, resource: ServedResource): Promise<Answer> {
    const write = writeOptions(request, 'CreateOptions');
    const eviction = (await readObject(request, TARGET, write.fieldValidation)) as unknown as Eviction;
    const { name, namespace } = request.info;
    checkNamespace(eviction as unknown as KubeObject, resource, namespace);
    if ((eviction.metadata.name ?? '') !== name) throw badRequest('name in URL does not match name in Eviction object');
    const options: DeleteOptions = (eviction.deleteOptions ?? {}) as DeleteOptions;
    checkDeleteOptions(options);
    const dryRun = write.dryRun || (options.dryRun?.length ?? 0) > 0;
    const context = writeContext(this.#registry, request, resource, { dryRun, options: optionsObject('CreateOptions', write), subresource: 'eviction' });
    const attributes = attributesOf(context, { operation: 'CREATE', name, object: eviction as unknown as KubeObject, oldObject: undefined, kind: 'Eviction' });
    await this.#registry.admission.admit(attributes);
    await this.#registry.admission.validate(attributes);
    const pod = await this.#pod(context, name);
    const preconditions = { ...options.preconditions };
    if (!ignoresBudgets(pod)) await this.#spend(context, pod);
    // Admission has judged the eviction; of the deletion that follows it is not asked.
    const target = { ...context, subresource: '', isAdmitted: true };
    const meant = { ...options, preconditions: { ...preconditions, uid: preconditions.uid ?? pod.metadata.uid } };
    if (!dryRun) await markDisrupted(target, name, meant);
    await deleteObject(target, name, { ...options, preconditions: { uid: meant.preconditions.uid } });
    return statusAnswer({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }, outputForm(request, resource));
  }

  async #pod(context: WriteContext, name: string): Promise<DeepReadonly<Pod>> {
    await this.#registry.cacher.caughtUp();
    const entry = cacheOf(this.#registry.cacher, context.resource).get(askedKey(context.resource, context.namespace, name));
    if (!entry) throw notFound({ group: '', resource: 'pods' }, name);
    return entry.object as DeepReadonly<Pod>;
  }

  /** Takes one disruption from the pod's budget. Throws 429 when none is left. */
  async #spend(context: WriteContext, pod: DeepReadonly<Pod>): Promise<void> {
    const budgets = this.#registry.resources.stored('policy', 'poddisruptionbudgets');
    const prefix = `${budgets.prefix}${context.namespace}/`;
    const matching = cacheOf(this.#registry.cacher, budgets).list({ id: prefix, prefix })
      .map((entry) => entry.object as DeepReadonly<PodDisruptionBudget>)
      .filter((budget) => labelSelectorOf(budget.spec.selector).matches(pod.metadata.labels));
    if (matching.length > 1) throw failure(500, '', 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.');
    const [budget] = matching;
    if (!budget) return;
    const isReady = pod.status.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false;
    if (!isReady && mayEvictUnready(budget)) return;
    const request: WriteContext = { ...context, resource: budgets, subresource: 'status', isAdmitted: true };
    try {
      await updateObject(request, { name: budget.metadata.name, checksUid: false, strategy: {}, transform: (old) => withoutOneDisruption(old as DeepReadonly<PodDisruptionBudget>, pod.metadata.name, this.#registry.clock.now()) });
    } catch (error) {
      if (hasReason(error, 'NotFound')) return;
      throw error;
    }
  }
}

function ignoresBudgets(pod: DeepReadonly<Pod>): boolean {
  return ['Succeeded', 'Failed', 'Pending'].includes(pod.status.phase ?? '') || pod.metadata.deletionTimestamp !== undefined;
}

function mayEvictUnready(budget: DeepReadonly<PodDisruptionBudget>): boolean {
  if (budget.spec.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = budget.status;
  return currentHealthy >= desiredHealthy && desiredHealthy > 0;
}
