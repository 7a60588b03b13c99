import type { Scale } from '../../api/generated/autoscaling-v1.ts';
import type { CrossVersionObjectReference } from '../../api/generated/autoscaling-v2.ts';
import type { DeepReadonly, ResourceRef } from '../../apimachinery/meta.ts';
import type { Client } from '../../client/client.ts';
import { discoverPreferred } from '../discovery.ts';

type Reference = DeepReadonly<CrossVersionObjectReference>;

/** A reference leads to no resource; the message is Kubernetes' own. */
export class UnknownTargetError extends Error {}

/** Finds what autoscalers point to, and its scale. */
export class ScaleTargets {
  readonly #client: Client;
  /** By group and kind. */
  readonly #known = new Map<string, ResourceRef>();

  constructor(client: Client) {
    this.#client = client;
  }

  /** Throws UnknownTargetError. */
  async refOf({ apiVersion = '', kind }: Reference, signal: AbortSignal): Promise<ResourceRef> {
    if (apiVersion.split('/').length > 2) throw new UnknownTargetError(`unexpected GroupVersion string: ${apiVersion}`);
    const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
    const key = `${group}/${kind}`;
    if (!this.#known.has(key)) for (const ref of (await discoverPreferred(this.#client, signal)).resources) this.#known.set(`${ref.group}/${ref.kind}`, ref);
    const ref = this.#known.get(key);
    if (!ref) throw new UnknownTargetError(`no matches for kind ${JSON.stringify(kind)} in group ${JSON.stringify(group)}`);
    return ref;
  }

  scaleOf(ref: ResourceRef, namespace: string, name: string, signal: AbortSignal): Promise<DeepReadonly<Scale>> {
    return this.#client.resource(ref, namespace).subresource(name, 'scale', { method: 'GET', signal });
  }

  async resize(ref: ResourceRef, scale: DeepReadonly<Scale>, replicas: number, signal: AbortSignal): Promise<void> {
    const { name, namespace } = scale.metadata;
    await this.#client.resource(ref, namespace).subresource(name, 'scale', { method: 'PUT', body: { ...scale, spec: { replicas } }, signal });
  }
}
