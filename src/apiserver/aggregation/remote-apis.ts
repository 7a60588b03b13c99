import { isObject, type JsonObject } from '../../apimachinery/patch/json.ts';
import type { APIResource } from '../../api/generated/meta-v1.ts';
import * as refs from '../../api/refs.ts';
import type { CachedObjects } from '../cacher/cached-objects.ts';
import type { ApiResource, ApiSource, ApiSubresource, ApiVersion } from '../discovery/api-groups.ts';
import { isAvailable, isRemote, type RemoteService } from './remote-service.ts';

/** What other servers serve, as they told last: what cannot be reached now stays in discovery, marked as stale. */
export class RemoteApis implements ApiSource {
  readonly #objects: () => CachedObjects;
  readonly #told = new Map<string, readonly ApiResource[]>();
  #revision = 0;
  #version = -1;
  #services = new Map<string, RemoteService>();

  constructor(objects: () => CachedObjects) {
    this.#objects = objects;
  }

  get revision(): number {
    this.#refresh();
    return this.#revision;
  }

  /** The other server that serves a group version, if one does. */
  find(group: string, version: string): RemoteService | undefined {
    return this.#refresh().get(`${group}/${version}`);
  }

  get isEmpty(): boolean {
    return this.#refresh().size === 0;
  }

  versions(): readonly ApiVersion[] {
    return [...this.#refresh().values()].map(({ metadata, spec, ...service }) => ({
      group: spec.group ?? '', version: spec.version ?? '', priority: { group: spec.groupPriorityMinimum, version: spec.versionPriority }, resources: this.#told.get(metadata.name) ?? [],
      isStale: !this.#told.has(metadata.name) || !isAvailable({ metadata, spec, ...service }),
    }));
  }

  /** Takes the APIResourceList of a server. Gives whether it makes sense. */
  tell(name: string, document: unknown): boolean {
    if (!isObject(document) || document['kind'] !== 'APIResourceList' || !Array.isArray(document['resources'])) return false;
    const resources = resourcesOf(document['resources'].filter(isObject).filter(isResource));
    if (!resources) return false;
    if (JSON.stringify(resources) === JSON.stringify(this.#told.get(name))) return true;
    this.#told.set(name, resources);
    this.#revision++;
    return true;
  }

  #refresh(): ReadonlyMap<string, RemoteService> {
    const objects = this.#objects();
    const version = objects.versionOf(refs.apiServices);
    if (version === this.#version) return this.#services;
    this.#version = version;
    const remote = objects.list(refs.apiServices).filter(isRemote);
    if (remote.length > 0 || this.#services.size > 0) this.#revision++;
    this.#services = new Map(remote.map((service) => [`${service.spec.group ?? ''}/${service.spec.version ?? ''}`, service]));
    const names = new Set(remote.map(({ metadata }) => metadata.name));
    for (const name of this.#told.keys()) if (!names.has(name)) this.#told.delete(name);
    return this.#services;
  }
}

/** What others say is believed only as far as it makes sense: older servers leave everything out but the name. */
type ToldResource = Pick<APIResource, 'name'> & Partial<APIResource>;

function isResource({ name, kind = '', verbs = [] }: JsonObject): boolean {
  return typeof name === 'string' && typeof kind === 'string' && Array.isArray(verbs);
}

/** Undefined: a resource and what belongs to it are not of one scope. Source: apiserver pkg/endpoints, ConvertGroupVersionIntoToDiscovery. */
function resourcesOf(list: readonly JsonObject[]): ApiResource[] | undefined {
  const told = list as unknown as readonly ToldResource[];
  const resources = new Map<string, ApiResource & { readonly subresources: ApiSubresource[] }>();
  const add = ({ name, singularName = '', kind = '', group = '', version = '', namespaced = false, verbs = [], shortNames = [], categories = [], storageVersionHash }: ToldResource): void => {
    const resource = { name, singular: singularName, kind, listKind: `${kind}List`, namespaced, verbs, shortNames, categories, subresources: [], ...(group && { group }), ...(version && { version }) };
    resources.set(name, { ...resource, ...(storageVersionHash && { storageVersionHash }) });
  };
  for (const one of told) if (!one.name.includes('/')) add(one);
  for (const { name, kind = '', group = '', version = '', namespaced = false, verbs = [] } of told) {
    const [parent = '', ...rest] = name.split('/');
    if (rest.length === 0) continue;
    // Metrics of objects are served without the objects: `pods/requests_per_second`.
    if (!resources.has(parent)) add({ name: parent, namespaced });
    const resource = resources.get(parent);
    if (resource?.namespaced !== namespaced) return undefined;
    resource.subresources.push({ name: rest.join('/'), kind, group, version, verbs });
  }
  return [...resources.values()];
}
