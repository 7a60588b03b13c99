import { copyOf } from '../../../apimachinery/deep-copy.ts';
import type { DeepReadonly, KubeObject } from '../../../apimachinery/meta.ts';
import { decodeValue } from '../../registry/body.ts';
import { defaulted, inVersionAsked, type ResourceTable, type ServedResource } from '../../registry/served-resource.ts';
import { targetOf } from '../../handlers/write-target.ts';
import { scaleOf, withReplicas } from '../../subresources/scale.ts';
import type { AdmissionAttributes } from '../plugin.ts';

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** An admission request in one version of its resource: what a webhook of that version is shown. */
export class VersionedObject {
  readonly #attributes: AdmissionAttributes;
  readonly resource: ServedResource | undefined;

  constructor(attributes: AdmissionAttributes, resource: ServedResource | undefined) {
    this.#attributes = attributes;
    this.resource = resource;
  }

  /** Of a subresource with a kind of its own, that kind. */
  get kind(): GroupVersionKind {
    const { kind, group, version, object } = this.#attributes;
    if (this.#isScale) return { group: 'autoscaling', version: 'v1', kind: 'Scale' };
    if (this.#isWhole) return { group: this.resource?.group ?? group, version: this.resource?.version.version ?? version, kind };
    const apiVersion = object?.apiVersion ?? 'v1';
    const slash = apiVersion.indexOf('/');
    return { group: slash < 0 ? '' : apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1), kind };
  }

  get #isScale(): boolean {
    return this.#attributes.kind === 'Scale' && this.#attributes.subresource === 'scale' && this.resource?.kind.subresources.scale !== undefined;
  }

  /** Whether the object is one of the resource itself, and so has its versions. */
  get #isWhole(): boolean {
    return this.resource !== undefined && this.#attributes.kind === this.resource.kind.kind;
  }

  async object(): Promise<object | undefined> {
    return this.#shown(this.#attributes.object);
  }

  async oldObject(): Promise<object | undefined> {
    return this.#shown(this.#attributes.oldObject);
  }

  async #shown(object: DeepReadonly<KubeObject> | undefined): Promise<object | undefined> {
    if (!object || !this.resource) return object;
    const { scale } = this.resource.kind.subresources;
    if (this.#isScale && scale) return scaleOf(object, scale);
    // A copy: what was converted before may have changed since.
    const draft = this.resource.version.prepare ? structuredClone(object) : object;
    return this.#isWhole ? { ...await inVersionAsked(this.resource, draft as KubeObject), apiVersion: this.resource.apiVersion, kind: this.resource.kind.kind } : object;
  }

  /** Takes what a webhook or a policy has made of the object: what its schema does not know goes (or, if that `isStrict`, is refused), what is absent takes its default. */
  async replace(changed: object, isStrict = false): Promise<void> {
    const attributes = this.#attributes;
    const { resource } = this;
    const scale = resource?.kind.subresources.scale;
    if (this.#isScale && scale && attributes.object) {
      withReplicas(attributes.object, scale, Number((changed as { spec?: { replicas?: unknown } }).spec?.replicas ?? 0));
    } else if (resource && this.#isWhole) {
      const decoded = decodeValue(copyOf(changed as DeepReadonly<object>), targetOf(resource), { validation: isStrict ? 'Strict' : 'Ignore', request: { warnings: [] }, text: undefined });
      attributes.object = await defaulted(resource, decoded);
    } else if (attributes.object) {
      // Whoever asked holds on to this very object.
      const target = attributes.object as unknown as Record<string, unknown>;
      for (const key of Object.keys(target)) delete target[key];
      Object.assign(target, changed);
    }
  }
}

/** The resource of a request, and the same under its other names and versions. */
export function equivalents(attributes: AdmissionAttributes, resources: ResourceTable): { readonly own: ServedResource | undefined; readonly others: readonly ServedResource[] } {
  const own = resources.find(attributes.group, attributes.version, attributes.resource);
  if (!own || own.kind.versions.length < 2) return { own, others: [] };
  const all = own.kind.versions.map(({ group = own.kind.group, version }) => resources.find(group, version, own.kind.resource));
  return { own, others: all.filter((one) => one !== undefined && one.version !== own.version) as ServedResource[] };
}
