import type { PersistentVolumeClaim, Pod, Volume } from '../../api/generated/core-v1.ts';
import { persistentVolumeClaims, pods } from '../../api/refs.ts';
import { copyOf } from '../../apimachinery/deep-copy.ts';
import { type DeepReadonly, keyOf } from '../../apimachinery/meta.ts';
import { StatusError } from '../../apimachinery/status.ts';
import type { Client } from '../../client/client.ts';
import { Controller } from '../../client/controller.ts';
import { type EventRecorder, referenceTo } from '../../client/event-recorder.ts';
import type { Lister } from '../../client/lister.ts';
import { controllerReference, isControlledBy } from '../../component-helpers/owner-reference.ts';
import { type ControllerContext, recorderFor } from '../context.ts';
import { isNamespaceTerminating } from '../pod-control.ts';

/** Makes the claims of generic ephemeral volumes, which go with their pods. Source: pkg/controller/volume/ephemeral. */
export class EphemeralVolumeController extends Controller {
  readonly #client: Client;
  readonly #pods: Lister<Pod>;
  readonly #claims: Lister<PersistentVolumeClaim>;
  readonly #recorder: EventRecorder;

  constructor(context: ControllerContext) {
    super({ name: 'ephemeral-volume-controller', clock: context.clock, logger: context.logger });
    this.#client = context.client;
    this.#pods = this.watch(context.informers.informer(pods), (pod) => (pod.spec.volumes?.some(({ ephemeral }) => ephemeral) ? [keyOf(pod)] : [])).lister;
    this.#claims = this.reads(context.informers.informer(persistentVolumeClaims)).lister;
    this.#recorder = this.owns(recorderFor(context, 'ephemeral_volume'));
  }

  protected async reconcile(key: string, signal: AbortSignal): Promise<undefined> {
    const pod = this.#pods.get(key);
    if (!pod || pod.metadata.deletionTimestamp) return;
    for (const volume of pod.spec.volumes ?? []) {
      try {
        await this.#makeClaim(pod, volume, signal);
      } catch (error) {
        if (isNamespaceTerminating(error)) return;
        if (!signal.aborted) this.#recorder.warning(referenceTo(pods, pod), 'FailedBinding', `ephemeral volume ${volume.name}: ${problemOf(error as Error, claimNameOf(pod, volume))}`);
        throw error;
      }
    }
  }

  async #makeClaim(pod: DeepReadonly<Pod>, volume: DeepReadonly<Volume>, signal: AbortSignal): Promise<void> {
    const template = volume.ephemeral?.volumeClaimTemplate;
    if (!template) return;
    const { namespace } = pod.metadata;
    const name = claimNameOf(pod, volume);
    const known = this.#claims.get(`${namespace}/${name}`);
    if (known && !isControlledBy(known, pod)) throw new Error(`PVC ${namespace}/${name} was not created for pod ${keyOf(pod)} (pod is not owner)`);
    if (known) return;
    const { labels, annotations } = template.metadata ?? {};
    const metadata = { name, ...(labels && { labels: { ...labels } }), ...(annotations && { annotations: { ...annotations } }), ownerReferences: [controllerReference(pod, pods)] };
    await this.#client.resource(persistentVolumeClaims, namespace).create({ metadata, spec: copyOf(template.spec) }, { signal });
  }
}

function claimNameOf(pod: DeepReadonly<Pod>, { name }: DeepReadonly<Volume>): string {
  return `${pod.metadata.name}-${name}`;
}

/** What the API says concerns the claim that was to be made. */
function problemOf(error: Error, claimName: string): string {
  return StatusError.is(error) ? `create PVC ${claimName}: ${error.message}` : error.message;
}
