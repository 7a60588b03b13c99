import { goQuote } from '../../apimachinery/go-quote.ts';
import { badRequest } from '../../apimachinery/status.ts';
import { pathSegmentName } from '../../apimachinery/validation/names.ts';
import { apiVersionOf, type DeepReadonly, type KubeObject } from '../../apimachinery/meta.ts';
import type { KindDefinition, KindVersion } from '../../api/kind.ts';
import { kinds } from '../../api/kinds.ts';
import { resourcePrefix, type Cacher } from '../cacher/cacher.ts';
import type { Entry } from '../cacher/entry.ts';
import type { CompletedOnRead, ResourceCache } from '../cacher/resource-cache.ts';
import { inGoOrder } from './decoding.ts';
import type { MediaKind } from '../http/negotiation.ts';

/** A kind in one of its versions, as paths name it. */
export interface ServedResource {
  readonly kind: KindDefinition;
  readonly version: KindVersion;
  readonly apiVersion: string;
  /** The group of the path: that of the kind, or of an alias. */
  readonly group: string;
  /** Group and resource of the kind: `apps/deployments`, `/pods`. */
  readonly id: string;
  /** All keys of its objects begin with this. */
  readonly prefix: string;
  readonly isStorageVersion: boolean;
  /** In what its objects can be read and written. */
  readonly media: readonly MediaKind[];
}

export const BUILT_IN_MEDIA: readonly MediaKind[] = ['json', 'yaml', 'protobuf'];

export function keyIn(resource: ServedResource, namespace: string, name: string): string {
  return resource.kind.namespaced ? `${resource.prefix}${namespace}/${name}` : `${resource.prefix}${name}`;
}

/** The key of an object that a request names. Throws StatusError 400 for what can be no name at all. Source: apiserver pkg/registry/generic/registry/store.go, NamespaceKeyFunc. */
export function askedKey(resource: ServedResource, namespace: string, name: string): string {
  if (/[/%]|^\.\.?$/.test(name)) throw badRequest(`Name parameter invalid: ${goQuote(name)}: ${pathSegmentName(name, false).join(';')}`);
  return keyIn(resource, namespace, name);
}

export function cacheOf(cacher: Cacher, resource: ServedResource): ResourceCache {
  return cacher.resource(resource.prefix);
}

/** An object as this version shows it; may be the stored one itself, which nobody changes. */
export function inVersion(resource: ServedResource, stored: KubeObject): KubeObject {
  return resource.version.fromStorage ? resource.version.fromStorage(stored) : stored;
}

/** Whether stored bytes are what clients of this version are to see. */
export function showsStored({ isStorageVersion, version }: ServedResource): boolean {
  return isStorageVersion && !version.fromStorage;
}

/** As `inVersion`, when a webhook may have to be asked. */
export async function inVersionAsked(resource: ServedResource, stored: KubeObject): Promise<KubeObject> {
  await resource.version.prepare?.([stored]);
  return inVersion(resource, stored);
}

function storageVersionOf({ kind }: ServedResource): KindVersion | undefined {
  return kind.versions.find((version) => version.version === kind.storageVersion && (version.group ?? kind.group) === kind.group);
}

/** What is stored, brought to the storage version of today. */
export async function upToDate(resource: ServedResource, stored: DeepReadonly<KubeObject>): Promise<DeepReadonly<KubeObject>> {
  const version = storageVersionOf(resource);
  if (!version?.fromStorage) return stored;
  await version.prepare?.([stored as KubeObject]);
  return version.fromStorage(stored as KubeObject);
}

/** As `toStorage`, when a webhook may have to be asked. */
export async function toStorageAsked(resource: ServedResource, object: KubeObject): Promise<KubeObject> {
  if (!resource.isStorageVersion) await storageVersionOf(resource)?.prepare?.([object]);
  return toStorage(resource, object);
}

/** An object of a request in the storage version, with defaults. */
export function defaulted(resource: ServedResource, object: KubeObject): KubeObject | Promise<KubeObject> {
  resource.version.default?.(object);
  const fill = (stored: KubeObject): KubeObject => {
    resource.kind.default?.(stored);
    return stored;
  };
  return resource.version.toStorage ? toStorageAsked(resource, object).then(fill) : fill(object);
}

export function toStorage(resource: ServedResource, object: KubeObject): KubeObject {
  return resource.isStorageVersion || !resource.version.toStorage ? object : resource.version.toStorage(object);
}

/** In which message each is stored; empty for what has none. */
const storedMessages = new WeakMap<ServedResource, string>();

/** The object as Go would write it: fields in the order of its type, structs there although nothing set them. What is stored is always in this form. It shares parts with `object`, which nobody may change any more. `old`: what is stored, parts of which `object` may have. */
export function canonical(resource: ServedResource, object: KubeObject, old?: DeepReadonly<KubeObject>): KubeObject {
  let message = storedMessages.get(resource);
  if (message === undefined) storedMessages.set(resource, (message = (resource.media.includes('protobuf') ? storageVersionOf(resource)?.message : undefined) ?? ''));
  return message === '' ? object : inGoOrder(message, object, old);
}

/** Every resource that can be asked for: the built-in kinds, and what is added while the server runs. */
export class ResourceTable {
  readonly #byPath = new Map<string, ServedResource>();
  readonly #byKind = new Map<string, ServedResource>();
  /** The versions of API groups that are built in, as `apps/v1`. */
  readonly #builtIn: ReadonlySet<string>;
  readonly #builtInIds: ReadonlySet<string>;

  constructor(definitions: readonly KindDefinition[] = kinds) {
    for (const definition of definitions) this.#add(definition, definition.versions, BUILT_IN_MEDIA);
    this.#builtIn = new Set(Array.from(this.#byPath.values(), ({ apiVersion }) => apiVersion));
    this.#builtInIds = new Set(Array.from(this.#byPath.values(), ({ id }) => id));
  }

  isBuiltIn(group: string, resource: string): boolean {
    return this.#builtInIds.has(`${group}/${resource}`);
  }

  /** Adds a kind that is not built in, in those of its versions whose groups are not either: kube-apiserver asks its own APIs first. */
  add(kind: KindDefinition, media: readonly MediaKind[]): void {
    this.#add(kind, this.#free(kind), media);
  }

  #free(kind: KindDefinition): readonly KindVersion[] {
    return kind.versions.filter(({ group = kind.group, version }) => !this.#builtIn.has(apiVersionOf({ group, version })));
  }

  #add(kind: KindDefinition, versions: readonly KindVersion[], media: readonly MediaKind[]): void {
    for (const version of versions) {
      const group = version.group ?? kind.group;
      const served: ServedResource = {
        kind, version, group, media, apiVersion: apiVersionOf({ group, version: version.version }),
        id: `${kind.group}/${kind.resource}`, prefix: resourcePrefix(kind.group, kind.resource), isStorageVersion: group === kind.group && version.version === kind.storageVersion,
      };
      this.#byPath.set(`${group}/${version.version}/${kind.resource}`, served);
      this.#byKind.set(`${served.apiVersion}/${kind.kind}`, served);
    }
  }

  remove(kind: KindDefinition): void {
    for (const version of this.#free(kind)) {
      const group = version.group ?? kind.group;
      this.#byPath.delete(`${group}/${version.version}/${kind.resource}`);
      this.#byKind.delete(`${apiVersionOf({ group, version: version.version })}/${kind.kind}`);
    }
  }

  find(group: string, version: string, resource: string): ServedResource | undefined {
    return this.#byPath.get(`${group}/${version}/${resource}`);
  }

  ofKind(apiVersion: string, kind: string): ServedResource | undefined {
    return this.#byKind.get(`${apiVersion}/${kind}`);
  }

  /** The resource in its storage version. Throws RangeError for one that is not served. */
  stored(group: string, resource: string): ServedResource {
    for (const served of this.#byPath.values()) {
      if (served.isStorageVersion && served.kind.group === group && served.kind.resource === resource) return served;
    }
    throw new RangeError(`no resource ${resource} in group ${JSON.stringify(group)}`);
  }

  get all(): Iterable<ServedResource> {
    return this.#byPath.values();
  }
}

/** Of the kinds that are read as more than what is stored: what completes them, by the prefix of their keys. */
export function completionsOf(definitions: readonly KindDefinition[]): Map<string, CompletedOnRead> {
  return new Map(definitions.flatMap((kind): [string, CompletedOnRead][] => (kind.completedOnRead ? [[resourcePrefix(kind.group, kind.resource), (object) => kind.completedOnRead?.(object)]] : [])));
}

/** What an object's field says that watchers are indexed by. */
export function triggerValueOf(kind: KindDefinition): (field: string, entry: Entry) => string {
  return (field, entry) => {
    if (field === 'metadata.name') return entry.object.metadata.name;
    if (field === 'metadata.namespace') return entry.object.metadata.namespace ?? '';
    return kind.selectableFields[field]?.(entry.object) ?? '';
  };
}
