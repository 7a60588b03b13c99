import { createHash } from 'node:crypto';
import type { SpecialSubresource } from '../../api/kind.ts';
import type { Answer } from '../answer.ts';
import type { PathHandler } from '../handlers/dispatcher.ts';
import { negotiateOutput, onlyAccepted } from '../http/negotiation.ts';
import { BUILT_IN_MEDIA, type ResourceTable, type ServedResource } from '../registry/served-resource.ts';
import { type ApiRequest, headerOf } from '../request.ts';
import { hasReason } from '../../apimachinery/status.ts';

interface ApiResource {
  readonly name: string;
  readonly singularName: string;
  readonly namespaced: boolean;
  readonly kind: string;
  readonly verbs: readonly string[];
  readonly group?: string;
  readonly version?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly storageVersionHash?: string;
}

/** `/api`, `/apis` and what is under them: which resources there are. */
export class DiscoveryPaths implements PathHandler {
  readonly #resources: ResourceTable;

  constructor(resources: ResourceTable) {
    this.#resources = resources;
  }

  handle(request: ApiRequest): Answer | undefined {
    if (request.info.isResourceRequest || request.method !== 'GET') return undefined;
    const path = request.info.path.replace(/\/+$/, '');
    const object = this.#objectOf(path, request);
    if (!object) return undefined;
    return { status: 200, type: 'object', object, form: formOf(request) };
  }

  #objectOf(path: string, request: ApiRequest): object | undefined {
    if (path === '/api') {
      return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: String(request.headers['host'] ?? '') }] };
    }
    const groups = this.#groups();
    if (path === '/apis') {
      const named = [...groups].filter(([group]) => group !== '').map(([group, versions]) => groupObject(group, versions));
      return { kind: 'APIGroupList', apiVersion: 'v1', groups: named };
    }
    const match = /^\/(?:api|apis\/([^/]+))(?:\/([^/]+))?$/.exec(path);
    if (!match) return undefined;
    const [, group = '', version] = match;
    const versions = groups.get(group);
    if (!versions) return undefined;
    if (version === undefined) return { kind: 'APIGroup', apiVersion: 'v1', ...groupObject(group, versions) };
    const resources = versions.get(version);
    return resources && { kind: 'APIResourceList', ...(group !== '' && { apiVersion: 'v1' }), groupVersion: group === '' ? version : `${group}/${version}`, resources: resources.flatMap(entriesOf).sort((a, b) => (a.name < b.name ? -1 : 1)) };
  }

  #groups(): Map<string, Map<string, ServedResource[]>> {
    const groups = new Map<string, Map<string, ServedResource[]>>();
    for (const resource of this.#resources.all) {
      const versions = groups.get(resource.group) ?? new Map<string, ServedResource[]>();
      groups.set(resource.group, versions);
      versions.set(resource.version.version, [...(versions.get(resource.version.version) ?? []), resource]);
    }
    return groups;
  }
}

function formOf(request: ApiRequest): ReturnType<typeof negotiateOutput> {
  try {
    return negotiateOutput(headerOf(request, 'accept'), { media: BUILT_IN_MEDIA, transformations: false, stream: 'no' });
  } catch (error) {
    throw hasReason(error, 'NotAcceptable') ? onlyAccepted(BUILT_IN_MEDIA) : error;
  }
}

function groupObject(group: string, versions: ReadonlyMap<string, unknown>): object {
  const all = [...versions.keys()].map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions: all, preferredVersion: all[0] };
}

function entriesOf(resource: ServedResource): ApiResource[] {
  const { kind } = resource;
  const { status, scale, others } = kind.subresources;
  const main: ApiResource = {
    name: kind.resource, singularName: kind.singular, namespaced: kind.namespaced, kind: kind.kind, verbs: kind.stored ? [...kind.verbs].sort() : ['create'],
    ...(kind.shortNames.length > 0 && { shortNames: kind.shortNames }), ...(kind.categories.length > 0 && { categories: kind.categories }),
    ...(kind.stored && { storageVersionHash: storageHash(resource) }),
  };
  const sub = (name: string, own: Partial<SpecialSubresource>, verbs: readonly string[]): ApiResource => ({
    name: `${kind.resource}/${name}`, singularName: '', namespaced: kind.namespaced, kind: own.kind ?? kind.kind, verbs,
    ...(own.group !== undefined && { group: own.group }), ...(own.version !== undefined && { version: own.version }),
  });
  const entries = [main];
  if (status) entries.push(sub('status', {}, ['get', 'patch', 'update']));
  if (scale) entries.push(sub('scale', { kind: 'Scale', group: 'autoscaling', version: 'v1' }, ['get', 'patch', 'update']));
  for (const other of others) entries.push(sub(other.name, other, other.verbs));
  return entries;
}

function storageHash({ kind }: ServedResource): string {
  return createHash('sha256').update(`${kind.group}/${kind.storageVersion}/${kind.kind}`).digest().subarray(0, 8).toString('base64');
}
