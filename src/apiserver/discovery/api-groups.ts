/** What the server serves, as discovery and OpenAPI tell it: lists that may change while it runs. */
import { createHash } from 'node:crypto';
import { builtInPriority, type Priority } from '../../api/group-priorities.ts';
import type { KindDefinition } from '../../api/kind.ts';

export interface ApiSubresource {
  readonly name: string;
  readonly kind: string;
  /** Empty: as the parent. */
  readonly group: string;
  readonly version: string;
  readonly verbs: readonly string[];
}

export interface ApiResource {
  readonly name: string;
  readonly singular: string;
  readonly kind: string;
  /** Absent: as the version that serves it. */
  readonly group?: string;
  readonly version?: string;
  readonly listKind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** Absent for what is not stored. */
  readonly storageVersionHash?: string;
  readonly subresources: readonly ApiSubresource[];
  /** The message in the catalogue, for built-in kinds. */
  readonly message?: string;
  /** The definition in OpenAPI v3 of a custom kind: whole, with apiVersion, kind and metadata. */
  readonly schema?: object;
}

export interface ApiVersion {
  readonly group: string;
  readonly version: string;
  readonly priority: Priority;
  /** Sorted by name. */
  readonly resources: readonly ApiResource[];
  /** Of another server that cannot be reached at the moment: as it told last. */
  readonly isStale?: boolean;
}

/** One origin of what is served: the built-in kinds, custom resource definitions, API services. */
export interface ApiSource {
  /** Grows with every change. */
  readonly revision: number;
  versions(): readonly ApiVersion[];
}

export interface ApiGroup {
  readonly name: string;
  /** The preferred one first. */
  readonly versions: readonly ApiVersion[];
}

/** Joins the sources. What is asked is remembered until a source changes. */
export class ApiGroups {
  readonly #sources: ApiSource[];
  #revision = -1;
  #groups: readonly ApiGroup[] = [];

  constructor(sources: readonly ApiSource[]) {
    this.#sources = [...sources];
  }

  add(source: ApiSource): void {
    this.#sources.push(source);
    this.#revision = -1;
  }

  /** Grows with every change: what is derived can be kept until it does. */
  get revision(): number {
    return this.#sources.reduce((sum, source) => sum + source.revision, this.#sources.length);
  }

  /** All groups, the core group (named '') among them. */
  get all(): readonly ApiGroup[] {
    if (this.revision !== this.#revision) {
      this.#revision = this.revision;
      this.#groups = joinGroups(this.#sources.flatMap((source) => source.versions()));
    }
    return this.#groups;
  }

  find(name: string): ApiGroup | undefined {
    return this.all.find((group) => group.name === name);
  }

  version(group: string, version: string): ApiVersion | undefined {
    return this.find(group)?.versions.find((one) => one.version === version);
  }
}

function joinGroups(versions: readonly ApiVersion[]): ApiGroup[] {
  const byGroup = new Map<string, Map<string, ApiVersion>>();
  for (const one of versions) {
    const group = byGroup.get(one.group) ?? new Map<string, ApiVersion>();
    const known = group.get(one.version);
    group.set(one.version, known ? { ...known, resources: sorted([...known.resources, ...one.resources]) } : one);
    byGroup.set(one.group, group);
  }
  const groups = [...byGroup].map(([name, group]) => ({
    name,
    versions: [...group.values()].sort((a, b) => b.priority.version - a.priority.version || compareVersions(a.version, b.version)),
  }));
  const priority = (group: ApiGroup): number => Math.max(...group.versions.map((one) => one.priority.group));
  return groups.sort((a, b) => priority(b) - priority(a) || (a.name < b.name ? -1 : 1));
}

function sorted(resources: readonly ApiResource[]): ApiResource[] {
  return [...resources].sort((a, b) => (a.name < b.name ? -1 : 1));
}

const VERSION = /^v([1-9][0-9]*)(?:(alpha|beta)([1-9][0-9]*))?$/;
const STAGES = ['alpha', 'beta', undefined];

/** Stable before beta before alpha, newer before older, the rest by name. Source: apimachinery pkg/version, CompareKubeAwareVersionStrings. */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [VERSION.exec(a), VERSION.exec(b)];
  if (!x || !y) return x ? -1 : y ? 1 : a < b ? -1 : a > b ? 1 : 0;
  const stage = STAGES.indexOf(y[2]) - STAGES.indexOf(x[2]);
  return stage || Number(y[1]) - Number(x[1]) || Number(y[3] ?? 0) - Number(x[3] ?? 0);
}

/** Lets clients see that the stored form of a kind has changed. Source: apiserver pkg/endpoints/discovery, StorageVersionHash. */
export function storageVersionHash(group: string, version: string, kind: string): string {
  return createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64');
}

/** Definitions of custom resources have kept the hash of their first version, though v1 is what is stored. */
function hashedVersion(kind: KindDefinition): string {
  return kind.group === 'apiextensions.k8s.io' ? 'v1beta1' : kind.storageVersion;
}

const STATUS_VERBS = ['get', 'patch', 'update'];

/** What discovery says of a kind, in one of its versions. */
export function resourceOf(kind: KindDefinition, message: string | undefined, schema?: object): ApiResource {
  const subresources: ApiSubresource[] = kind.subresources.others.map((one) => ({
    name: one.name, kind: one.kind, group: one.group ?? '', version: one.version ?? '', verbs: [...one.verbs].sort(),
  }));
  if (kind.subresources.status) subresources.push({ name: 'status', kind: kind.kind, group: '', version: '', verbs: STATUS_VERBS });
  if (kind.subresources.scale) subresources.push({ name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: STATUS_VERBS });
  subresources.sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    name: kind.resource, singular: kind.singular, kind: kind.kind, listKind: kind.listKind, namespaced: kind.namespaced, verbs: [...kind.verbs].sort(),
    shortNames: kind.shortNames, categories: kind.categories, subresources,
    ...(kind.stored && { storageVersionHash: storageVersionHash(kind.group, hashedVersion(kind), kind.kind) }),
    ...(message !== undefined && { message }),
    ...(schema && { schema }),
  };
}

/** What is told of its resources is made when somebody asks: a start does not. */
class BuiltInVersion implements ApiVersion {
  readonly group: string;
  readonly version: string;
  readonly priority: Priority;
  readonly #kinds: [KindDefinition, message: string | undefined][] = [];
  #resources: readonly ApiResource[] | undefined;

  constructor(group: string, version: string) {
    this.group = group;
    this.version = version;
    this.priority = builtInPriority(group, version);
  }

  add(kind: KindDefinition, message: string | undefined): void {
    this.#kinds.push([kind, message]);
  }

  get resources(): readonly ApiResource[] {
    return (this.#resources ??= sorted(this.#kinds.map(([kind, message]) => resourceOf(kind, message))));
  }
}

/** The built-in kinds, which never change. */
export class BuiltInApis implements ApiSource {
  readonly revision = 0;
  readonly #versions: readonly ApiVersion[];

  constructor(kinds: readonly KindDefinition[]) {
    const byVersion = new Map<string, BuiltInVersion>();
    for (const kind of kinds) {
      for (const { group = kind.group, version, message } of kind.versions) {
        const key = `${group}/${version}`;
        const one = byVersion.get(key) ?? new BuiltInVersion(group, version);
        one.add(kind, message);
        byVersion.set(key, one);
      }
    }
    this.#versions = [...byVersion.values()];
  }

  versions(): readonly ApiVersion[] {
    return this.#versions;
  }
}
