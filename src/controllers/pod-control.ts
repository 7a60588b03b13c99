import type { ObjectReference, Pod, PodTemplateSpec } from '../api/generated/core-v1.ts';
import { pods } from '../api/refs.ts';
import { copyOf } from '../apimachinery/deep-copy.ts';
import type { DeepReadonly, Draft, OwnerReference } from '../apimachinery/meta.ts';
import { hasReason } from '../apimachinery/status.ts';
import type { Client } from '../client/client.ts';
import type { EventRecorder } from '../client/event-recorder.ts';

/** The pod that a template makes for its controller, by generateName unless `name` says otherwise. Source: pkg/controller, GetPodFromTemplate. */
export function podFromTemplate(
  template: DeepReadonly<PodTemplateSpec>,
  owner: { readonly name: string; readonly namespace: string; readonly reference: OwnerReference },
): Draft<Pod> {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    metadata: {
      namespace: owner.namespace,
      generateName: `${owner.name}-`,
      labels: { ...labels },
      annotations: { ...annotations },
      ...(finalizers && { finalizers: [...finalizers] }),
      ownerReferences: [owner.reference],
    },
    spec: copyOf(template.spec),
  };
}

/** Creates and deletes the pods of a controller, and tells of it in events about their owner. */
export class PodControl {
  readonly #client: Client;
  readonly #recorder: EventRecorder;

  constructor(client: Client, recorder: EventRecorder) {
    this.#client = client;
    this.#recorder = recorder;
  }

  async create(draft: Draft<Pod>, about: ObjectReference, signal: AbortSignal): Promise<DeepReadonly<Pod>> {
    try {
      const pod = await this.#client.resource(pods, draft.metadata.namespace).create(draft, { signal });
      this.#recorder.normal(about, 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
      return pod;
    } catch (error) {
      if (!isNamespaceTerminating(error) && !signal.aborted) this.#recorder.warning(about, 'FailedCreate', `Error creating: ${(error as Error).message}`);
      throw error;
    }
  }

  /** Nothing happens when the pod is gone already. */
  async delete(pod: DeepReadonly<Pod>, about: ObjectReference, signal: AbortSignal): Promise<void> {
    const { name, namespace, uid } = pod.metadata;
    try {
      await this.#client.resource(pods, namespace).delete(name, { preconditions: { uid }, signal });
      this.#recorder.normal(about, 'SuccessfulDelete', `Deleted pod: ${name}`);
    } catch (error) {
      if (hasReason(error, 'NotFound', 'Conflict')) return; // gone, or another pod of that name
      if (!signal.aborted) this.#recorder.warning(about, 'FailedDelete', `Error deleting: ${(error as Error).message}`);
      throw error;
    }
  }
}

export function isNamespaceTerminating(error: unknown): boolean {
  return hasReason(error, 'Forbidden') && (error.status.details?.causes?.some((cause) => cause.reason === 'NamespaceTerminating') ?? false);
}
