import type { Pod } from '../../api/generated/core-v1.ts';
import type { ResourceClaim, ResourceClaimTemplate } from '../../api/generated/resource-v1.ts';
import { pods, resourceClaims, resourceClaimTemplates } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { keyOf } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
import type { Client } from '../../client/client.ts';
import { Controller } from '../../client/controller.ts';
import { type EventRecorder, referenceTo } from '../../client/event-recorder.ts';
import type { Lister } from '../../client/lister.ts';
import { type ControllerContext, recorderFor } from '../context.ts';
import { claimFrom, FINALIZER, isDone, planClaim, POD_CLAIM_NAME, templatedClaims } from './plan.ts';

const CLAIM = 'claim:';

const templatesOfPod = (pod: DeepReadonly<Pod>): readonly string[] => templatedClaims(pod).map(({ template }) => `${pod.metadata.namespace}/${template}`);
const ownerOfClaim = ({ metadata }: DeepReadonly<ResourceClaim>): readonly string[] => (metadata.ownerReferences ?? []).filter(({ controller }) => controller).map(({ uid }) => uid);

/** Makes claims for pods from templates, and frees claims that no pod uses any more. Keys: a pod, or `claim:` and a claim. Source: pkg/controller/resourceclaim. */
export class ResourceClaimController extends Controller {
  readonly #client: Client;
  readonly #pods: Lister<Pod>;
  readonly #claims: Lister<ResourceClaim>;
  readonly #templates: Lister<ResourceClaimTemplate>;
  readonly #recorder: EventRecorder;

  constructor(context: ControllerContext) {
    super({ name: 'resourceclaim-controller', clock: context.clock, logger: context.logger });
    this.#client = context.client;
    const { informers } = context;
    this.#pods = this.watch(informers.informer(pods), (pod) => (pod.spec.resourceClaims?.length || pod.status?.extendedResourceClaimStatus ? [keyOf(pod), ...this.#claimsOf(pod)] : [])).lister;
    this.#claims = this.watch(informers.informer(resourceClaims), (claim) => [`${CLAIM}${keyOf(claim)}`]).lister;
    this.#templates = this.watch(informers.informer(resourceClaimTemplates), (template) => this.#pods.byIndex(templatesOfPod, keyOf(template)).map(keyOf)).lister;
    this.#recorder = this.owns(recorderFor(context, 'resource_claim'));
  }

  #claimsOf({ spec, status, metadata }: DeepReadonly<Pod>): string[] {
    const names = (spec.resourceClaims ?? []).map(({ name, resourceClaimName }) => resourceClaimName ?? status?.resourceClaimStatuses?.find((one) => one.name === name)?.resourceClaimName);
    return [...names, status?.extendedResourceClaimStatus?.resourceClaimName].filter((name) => name !== undefined).map((name) => `${CLAIM}${metadata.namespace}/${name}`);
  }

  protected async reconcile(key: string, signal: AbortSignal): Promise<undefined> {
    if (key.startsWith(CLAIM)) return this.#syncClaim(key.slice(CLAIM.length), signal);
    const pod = this.#pods.get(key);
    if (!pod) return;
    for (const { name, template, claimName } of templatedClaims(pod)) if (claimName === undefined) await this.#make(pod, name, template, signal);
  }

  async #make(pod: DeepReadonly<Pod>, name: string, template: string, signal: AbortSignal): Promise<void> {
    const { namespace = '', uid } = pod.metadata;
    // One that was made before its name could be written into the pod is taken.
    const made = this.#claims.byIndex(ownerOfClaim, uid).find(({ metadata }) => metadata.annotations?.[POD_CLAIM_NAME] === name);
    const found = this.#templates.get(`${namespace}/${template}`);
    if (!made && !found) {
      this.#recorder.warning(referenceTo(pods, pod), 'FailedResourceClaimCreation', `PodResourceClaim ${name}: resource claim template ${JSON.stringify(template)}: resourceclaimtemplate.resource.k8s.io ${JSON.stringify(template)} not found`);
      return;
    }
    const claim = made ?? (found && (await this.#client.resource(resourceClaims, namespace).create(claimFrom(found, pod, name), { signal })));
    const patch = { metadata: { uid }, status: { resourceClaimStatuses: [{ name, resourceClaimName: claim?.metadata.name }] } };
    await this.#client.resource(pods, namespace).patchStatus(pod.metadata.name, { type: 'strategic', patch }, { signal });
  }

  async #syncClaim(key: string, signal: AbortSignal): Promise<undefined> {
    const claim = this.#claims.get(key);
    if (!claim) return;
    const { namespace = '' } = claim.metadata;
    const { reservedFor, deallocates, deletes } = planClaim(claim, ({ name, uid }) => isDone(this.#pods.get(`${namespace}/${name}`), uid));
    const resource = this.#client.resource(resourceClaims, namespace);
    let current = claim;
    if (reservedFor.length !== (claim.status?.reservedFor?.length ?? 0) || (deallocates && claim.status?.allocation)) {
      const { allocation, reservedFor: _before, ...rest } = claim.status ?? {};
      current = await resource.update({ ...claim, status: { ...rest, ...(!deallocates && allocation && { allocation }), ...(reservedFor.length > 0 && { reservedFor }) } }, { signal }, 'status');
    }
    if (deallocates && current.metadata.finalizers?.includes(FINALIZER)) await resource.update({ ...current, metadata: { ...current.metadata, finalizers: current.metadata.finalizers.filter((one) => one !== FINALIZER) } }, { signal });
    if (deletes) {
      await resource.delete(claim.metadata.name, { signal, preconditions: { uid: claim.metadata.uid } }).catch((error: unknown) => {
        if (!hasReason(error, 'NotFound', 'Conflict')) throw error;
      });
    }
  }
}
