import { copyOf } from '../../apimachinery/deep-copy.ts';
import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import { labelSelectorOf } from '../../apimachinery/selectors/label-selector.ts';
import { badRequest, failure, hasReason, notFound, tooManyRequests } from '../../apimachinery/status.ts';
import { formatTime } from '../../apimachinery/time.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { Eviction, PodDisruptionBudget } from '../../api/generated/policy-v1.ts';
import { statusAnswer, type Answer } from '../answer.ts';
import { outputForm, type SpecialHandler } from '../handlers/dispatcher.ts';
import { checkDeleteOptions } from '../handlers/delete.ts';
import { checkNamespace, optionsObject, writeContext } from '../handlers/write-target.ts';
import { readObject } from '../registry/body.ts';
import { markDisrupted } from './disruption-target.ts';
import { deleteObject, type DeleteOptions } from '../registry/delete.ts';
import { writeOptions } from '../registry/options.ts';
import { BUILT_IN_MEDIA, cacheOf, keyIn, type ServedResource } from '../registry/served-resource.ts';
import { updateObject } from '../registry/update.ts';
import { attributesOf, type Registry, type WriteContext } from '../registry/write-context.ts';
import type { ApiRequest } from '../request.ts';

const TARGET = { apiVersion: 'policy/v1', kind: 'Eviction', message: 'policy.v1.Eviction', media: BUILT_IN_MEDIA, alsoAccepts: ['policy/v1beta1'] };
/** More pods than this may not be on their way out under one budget. */
const MAX_DISRUPTED = 2000;

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
    const entry = cacheOf(this.#registry.cacher, context.resource).get(keyIn(context.resource, context.namespace, name));
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
    if (!isReady && mayEvictUnready(budget, pod)) return;
    const request: WriteContext = { ...context, resource: budgets, subresource: 'status', isAdmitted: true };
    try {
      await updateObject(request, { name: budget.metadata.name, checksUid: false, strategy: {}, transform: (old) => spent(old as DeepReadonly<PodDisruptionBudget>, pod, this.#registry.clock.now()) });
    } catch (error) {
      if (hasReason(error, 'NotFound')) return;
      throw error;
    }
  }
}

function ignoresBudgets(pod: DeepReadonly<Pod>): boolean {
  return ['Succeeded', 'Failed', 'Pending'].includes(pod.status.phase ?? '') || pod.metadata.deletionTimestamp !== undefined;
}

function mayEvictUnready(budget: DeepReadonly<PodDisruptionBudget>, pod: DeepReadonly<Pod>): boolean {
  if (pod.status.phase !== 'Running') return false;
  if (budget.spec.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = budget.status;
  return currentHealthy >= desiredHealthy && desiredHealthy > 0;
}

function spent(old: DeepReadonly<PodDisruptionBudget>, pod: DeepReadonly<Pod>, nowMs: number): PodDisruptionBudget {
  const { name, generation = 0 } = old.metadata;
  const { observedGeneration = 0, disruptionsAllowed = 0, disruptedPods = {} } = old.status;
  const cause = (message: string): { reason: string; message: string }[] => [{ reason: 'DisruptionBudget', message }];
  if (observedGeneration < generation) {
    throw tooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.", 10, cause(`The disruption budget ${name} is still being processed by the server.`));
  }
  if (disruptionsAllowed < 0) throw failure(403, 'Forbidden', 'pdb disruptions allowed is negative');
  if (Object.keys(disruptedPods).length > MAX_DISRUPTED) throw failure(403, 'Forbidden', 'DisruptedPods map too big - too many evictions not confirmed by PDB controller');
  if (disruptionsAllowed === 0) {
    const { desiredHealthy, currentHealthy } = old.status;
    throw tooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.", 0, cause(`The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`));
  }
  const budget = copyOf<PodDisruptionBudget>(old as PodDisruptionBudget);
  budget.status.disruptionsAllowed = disruptionsAllowed - 1;
  budget.status.disruptedPods = { ...budget.status.disruptedPods, [pod.metadata.name]: formatTime(nowMs) };
  return budget;
}
