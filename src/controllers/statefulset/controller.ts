import { isDeepStrictEqual } from 'node:util';
import type { ControllerRevision, StatefulSet, StatefulSetStatus } from '../../api/generated/apps-v1.ts';
import type { PersistentVolumeClaim, Pod, PodTemplateSpec } from '../../api/generated/core-v1.ts';
import { controllerRevisions, persistentVolumeClaims, pods, statefulSets } from '../../api/refs.ts';
import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import { keyOf } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
import type { Client } from '../../client/client.ts';
import { Controller, type RequeueAfter } from '../../client/controller.ts';
import { type EventRecorder, referenceTo } from '../../client/event-recorder.ts';
import { byControllerUid, type Lister } from '../../client/lister.ts';
import { isEmptySelector, matcherOf } from '../../component-helpers/label-selector.ts';
import { controllerOf } from '../../component-helpers/owner-reference.ts';
import { carryOutClaims, orphansByNamespace, planClaims } from '../claim.ts';
import { type ControllerContext, recorderFor } from '../context.ts';
import { claimRevisions, ensureRevision, planRevisions, trimHistory } from '../controller-revisions.ts';
import { FailedPodBackOff } from '../failed-pod-back-off.ts';
import { isNamespaceTerminating } from '../pod-control.ts';
import { nextAvailableMs } from '../replicaset/plan.ts';
import { withoutZeros } from '../without-zeros.ts';
import { claimOwners, goesWithFormerPod } from './claim-retention.ts';
import { claimName, claimsOf, hasIdentity, identityLabels, isInRange, ordinalOf, podOf, revisionOf } from './identity.ts';
import { planStateful, type StatefulPlan } from './plan.ts';

type Set_ = DeepReadonly<StatefulSet>;
type Template = DeepReadonly<PodTemplateSpec>;

/** The label in which a revision of a StatefulSet says its hash. */
const HASH_LABEL = 'controller.kubernetes.io/hash';

/** Keeps pods with an identity: a name, a host name and claims that outlive them. */
export class StatefulSetController extends Controller {
  readonly #client: Client;
  readonly #sets: Lister<StatefulSet>;
  readonly #pods: Lister<Pod>;
  readonly #claims: Lister<PersistentVolumeClaim>;
  readonly #revisions: Lister<ControllerRevision>;
  readonly #recorder: EventRecorder;
  readonly #backOff = new FailedPodBackOff({ firstMs: 100, maxMs: 10_000 });

  constructor(context: ControllerContext) {
    super({ name: 'statefulset-controller', clock: context.clock, logger: context.logger });
    this.#client = context.client;
    this.#sets = this.watch(context.informers.informer(statefulSets), (set) => [keyOf(set)]).lister;
    this.#pods = this.watch(context.informers.informer(pods), (pod) => this.#setsOf(pod)).lister;
    this.#claims = this.watch(context.informers.informer(persistentVolumeClaims), (claim, { after }) => (after ? [] : this.#setsOfClaim(claim))).lister;
    this.#revisions = this.reads(context.informers.informer(controllerRevisions)).lister;
    this.#recorder = this.owns(recorderFor(context, 'statefulset-controller'));
  }

  #setsOf(pod: DeepReadonly<Pod>): readonly string[] {
    const { namespace = '' } = pod.metadata;
    const controller = controllerOf(pod);
    if (controller) return controller.kind === 'StatefulSet' ? [`${namespace}/${controller.name}`] : [];
    return this.#sets.inNamespace(namespace).filter((set) => isMember(set, pod)).map(keyOf);
  }

  /** A pod may wait for the claim of the one before it to go. */
  #setsOfClaim({ metadata: { name, namespace = '' } }: DeepReadonly<PersistentVolumeClaim>): readonly string[] {
    const isOf = (set: Set_): boolean => set.spec.volumeClaimTemplates?.some((template) => name.startsWith(`${template.metadata.name}-${set.metadata.name}-`)) ?? false;
    return this.#sets.inNamespace(namespace).filter(isOf).map(keyOf);
  }

  protected async reconcile(key: string, signal: AbortSignal): Promise<RequeueAfter | undefined> {
    const set = this.#sets.get(key);
    if (!set || isEmptySelector(set.spec.selector)) return;
    const candidates = [...this.#pods.byIndex(byControllerUid, set.metadata.uid), ...this.#pods.byIndex(orphansByNamespace, set.metadata.namespace ?? '')];
    const claims = planClaims(set, candidates, (pod) => isMember(set, pod));
    const own = await carryOutClaims({ client: this.#client, signal }, { ref: statefulSets, object: set }, pods, claims);
    const owner = { ref: statefulSets, object: set, template: set.spec.template, collisionCount: set.status.collisionCount ?? 0, hashLabel: HASH_LABEL };
    const history = planRevisions(set.spec.template, await claimRevisions({ client: this.#client, signal }, owner, this.#revisions, matcherOf(set.spec.selector)));
    const update = await ensureRevision(this.#client, history, owner, signal);
    if (!update) return this.#writeStatus(set, { ...(set.status as StatefulSetStatus), collisionCount: (set.status.collisionCount ?? 0) + 1 }, signal);
    const current = history.old.find(({ metadata }) => metadata.name === set.status.currentRevision) ?? update;
    const nowMs = this.clock.now();
    const plan = planStateful({ set, pods: own, current: current.metadata.name, update: update.metadata.name, nowMs });
    const template = (revision: string): Template => (revision === current.metadata.name ? templateOf(current, set) : set.spec.template);
    const { error, heldMs } = await this.#carryOut(set, own, plan, template, signal);
    await this.#writeStatus(set, plan.status, signal);
    const live = new Set([current.metadata.name, update.metadata.name, ...own.map(revisionOf)]);
    await trimHistory(this.#client, history.old, ({ metadata }) => live.has(metadata.name), set.spec.revisionHistoryLimit ?? 10, signal);
    if (error) throw error;
    const afterMs = Math.min(nextAvailableMs(own, set.spec.minReadySeconds ?? 0, nowMs) ?? Infinity, heldMs);
    return afterMs === Infinity ? undefined : { afterMs };
  }

  /** Gives the first error, after having tried all, and when failed pods that are held back may go. */
  async #carryOut(set: Set_, own: readonly DeepReadonly<Pod>[], plan: StatefulPlan, template: (revision: string) => Template, signal: AbortSignal): Promise<{ readonly error: Error | undefined; readonly heldMs: number }> {
    let failed: Error | undefined;
    let firstMs = Infinity;
    const attempt = async (act: () => Promise<void>): Promise<void> => {
      try {
        await act();
      } catch (error) {
        if (signal.aborted) throw error;
        failed ??= error as Error;
      }
    };
    if (!set.metadata.deletionTimestamp) for (const pod of own) await attempt(() => this.#keepIdentity(set, pod, signal));
    for (const { pod, why } of plan.delete) {
      const heldMs = why === 'ended' ? this.#backOff.heldMs(`${set.metadata.uid}/${pod.metadata.name}`, this.clock.now()) : undefined;
      if (heldMs === undefined) await attempt(() => this.#deletePod(set, pod, signal));
      else firstMs = Math.min(firstMs, heldMs);
    }
    for (const { ordinal, revision } of plan.create) await attempt(() => this.#createPod(set, ordinal, template(revision), revision, signal));
    return { error: failed, heldMs: firstMs };
  }

  /** The labels of a pod that was adopted, claims that a pod waits for and that somebody deleted, and who owns its claims. */
  async #keepIdentity(set: Set_, pod: DeepReadonly<Pod>, signal: AbortSignal): Promise<void> {
    const ordinal = ordinalOf(set, pod) ?? 0;
    const { name, namespace, uid, deletionTimestamp } = pod.metadata;
    if (isInRange(set, pod) && pod.status.phase === 'Pending') await this.#createClaims(set, ordinal, name, signal);
    await this.#keepClaims(set, pod, signal);
    if (deletionTimestamp !== undefined || hasIdentity(pod) || !isInRange(set, pod)) return;
    await this.#told('update', set, name, async () => {
      await this.#client.resource(pods, namespace).patch(name, { type: 'merge', patch: { metadata: { uid, labels: identityLabels(name, ordinal) } } }, { signal });
    }, signal);
  }

  async #createPod(set: Set_, ordinal: number, template: Template, revision: string, signal: AbortSignal): Promise<void> {
    const draft = podOf(set, ordinal, template, revision);
    const { name = '', namespace } = draft.metadata;
    const claims = claimsOf(set, ordinal).map(({ metadata }) => this.#claims.get(`${metadata.namespace}/${metadata.name}`));
    if (claims.some((claim) => claim && goesWithFormerPod(set, name, claim))) return; // its deletion brings the set back here
    await this.#told('create', set, name, async () => {
      await this.#createClaims(set, ordinal, name, signal);
      await this.#client.resource(pods, namespace).create(draft, { signal });
    }, signal);
  }

  async #createClaims(set: Set_, ordinal: number, podName: string, signal: AbortSignal): Promise<void> {
    const about = referenceTo(statefulSets, set);
    for (const claim of claimsOf(set, ordinal)) {
      const { name = '', namespace } = claim.metadata;
      const known = this.#claims.get(`${namespace}/${name}`);
      if (known?.metadata.deletionTimestamp) throw new Error(`pvc ${name} is being deleted`);
      if (known) continue;
      try {
        await this.#client.resource(persistentVolumeClaims, namespace).create(claim, { signal });
        this.#recorder.normal(about, 'SuccessfulCreate', `create Claim ${name} Pod ${podName} in StatefulSet ${set.metadata.name} success`);
      } catch (error) {
        if (hasReason(error, 'AlreadyExists')) continue;
        if (isNamespaceTerminating(error) || signal.aborted) throw error;
        const { message } = error as Error;
        this.#recorder.warning(about, 'FailedCreate', `create Claim ${name} for Pod ${podName} in StatefulSet ${set.metadata.name} failed error: ${message}`);
        throw new Error(`failed to create PVC ${name}: ${message}`, { cause: error });
      }
    }
  }

  async #deletePod(set: Set_, { metadata: { name, namespace, uid } }: DeepReadonly<Pod>, signal: AbortSignal): Promise<void> {
    await this.#told('delete', set, name, async () => {
      await this.#client.resource(pods, namespace).delete(name, { preconditions: { uid }, signal });
    }, signal);
  }

  /** Does it to the pod, and tells of it in an event, unless somebody else was faster. Source: recordPodEvent. */
  async #told(verb: 'create' | 'update' | 'delete', set: Set_, podName: string, act: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const about = referenceTo(statefulSets, set);
    const what = `${verb} Pod ${podName} in StatefulSet ${set.metadata.name}`;
    const Verb = verb.replace(/^./, (letter) => letter.toUpperCase());
    try {
      await act();
      this.#recorder.normal(about, `Successful${Verb}`, `${what} successful`);
    } catch (error) {
      if (hasReason(error, 'AlreadyExists', 'NotFound', 'Conflict') || isNamespaceTerminating(error)) return; // the cache will show it
      if (!signal.aborted) this.#recorder.warning(about, `Failed${Verb}`, `${what} failed error: ${(error as Error).message}`);
      throw error;
    }
  }

  /** Whose the claims of a pod are follows the set's policy, also when that changes. */
  async #keepClaims(set: Set_, pod: DeepReadonly<Pod>, signal: AbortSignal): Promise<void> {
    for (const template of set.spec.volumeClaimTemplates ?? []) {
      const claim = this.#claims.get(`${pod.metadata.namespace}/${claimName(template, set, ordinalOf(set, pod) ?? 0)}`);
      if (!claim) continue;
      const { references, isConflicting } = claimOwners(set, pod, claim);
      if (!references) continue;
      const conflict = `PersistentVolumeClaim ${claim.metadata.name} has a conflicting OwnerReference that acts as a manging controller, the retention policy is ignored for this claim`;
      if (isConflicting) this.#recorder.warning(referenceTo(statefulSets, set), 'ConflictingController', conflict);
      await this.#client.resource(persistentVolumeClaims, claim.metadata.namespace).update({ ...claim, metadata: { ...claim.metadata, ownerReferences: references } } as PersistentVolumeClaim, { signal });
    }
  }

  async #writeStatus(set: Set_, status: StatefulSetStatus, signal: AbortSignal): Promise<undefined> {
    if (isDeepStrictEqual(withoutZeros(set.status), withoutZeros(status))) return;
    await this.#client.resource(statefulSets, set.metadata.namespace).updateStatus({ ...set, status }, { signal });
  }
}

/** Selected, and named after the set. */
function isMember(set: Set_, pod: DeepReadonly<Pod>): boolean {
  return matcherOf(set.spec.selector)((pod as DeepReadonly<KubeObject>).metadata.labels) && ordinalOf(set, pod) !== undefined;
}

function templateOf(revision: DeepReadonly<ControllerRevision>, set: Set_): Template {
  const data = revision.data as { readonly spec?: { readonly template?: Template & { readonly $patch?: string } } } | undefined;
  if (!data?.spec?.template) return set.spec.template;
  const { $patch: _, ...template } = data.spec.template;
  return template;
}
