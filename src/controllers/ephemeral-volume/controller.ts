import type { PersistentVolumeClaim, Pod } from '../../api/generated/core-v1.ts';
import { persistentVolumeClaims, pods } from '../../api/refs.ts';
import { copyOf } from '../../apimachinery/deep-copy.ts';
import { keyOf } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
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
    for (const { name, ephemeral } of pod.spec.volumes ?? []) {
      const template = ephemeral?.volumeClaimTemplate;
      if (!template) continue;
      const claimName = `${pod.metadata.name}-${name}`;
      const known = this.#claims.get(`${pod.metadata.namespace}/${claimName}`);
      if (known && !isControlledBy(known, pod)) throw new Error(`PVC ${JSON.stringify(`${pod.metadata.namespace}/${claimName}`)} was not created for pod ${JSON.stringify(key)} (pod is not owner)`);
      if (known) continue;
      const { labels, annotations } = template.metadata ?? {};
      const ownerReferences = [controllerReference(pod, pods)];
      const metadata = { name: claimName, ...(labels && { labels: { ...labels } }), ...(annotations && { annotations: { ...annotations } }), ownerReferences };
      try {
        await this.#client.resource(persistentVolumeClaims, pod.metadata.namespace).create({ metadata, spec: copyOf(template.spec) }, { signal });
      } catch (error) {
        if (isNamespaceTerminating(error)) return;
        if (!hasReason(error, 'AlreadyExists') && !signal.aborted) this.#recorder.warning(referenceTo(pods, pod), 'FailedBinding', `ephemeral volume creation failed: ${(error as Error).message}`);
        throw error;
      }
    }
  }
}
