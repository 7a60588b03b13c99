import type { JsonObject } from '../../apimachinery/patch/json.ts';
import { listAt, mapAt, textAt } from '../kube-json.ts';
import { type ApiResource, resourcesOfList } from './rest-mapper.ts';

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';

/** What a server tells of its API: an APIGroupList, the core group first, and an APIResourceList a version (`v1`, `apps/v1`). */
export interface Discovery {
  readonly groups: JsonObject;
  readonly lists: ReadonlyMap<string, JsonObject>;
}

/** Asks a server, in two requests where it has aggregated discovery. Versions that it knows to be out of date are left out. Throws what `get` throws. */
export async function discover(get: (path: string, headers: Record<string, string>) => Promise<unknown>): Promise<Discovery> {
  const [core, others] = await Promise.all([get('/api', { accept: AGGREGATED }), get('/apis', { accept: AGGREGATED })]);
  if (textAt(core, 'kind') === 'APIGroupDiscoveryList') return discoveryOf([...listAt(core, 'items'), ...listAt(others, 'items')]);
  const groups = [groupOf('', ['v1']), ...listAt(others, 'groups')];
  const versions = versionsOf({ groups });
  const lists = await Promise.all(versions.map((version) => get(version.includes('/') ? `/apis/${version}` : `/api/${version}`, { accept: 'application/json' })));
  return { groups: groupList(groups), lists: new Map(versions.map((version, index) => [version, mapAt(lists[index]) as JsonObject])) };
}

/** `v1`, `apps/v1`: in the order of the groups, the preferred version of each as it stands. */
export function versionsOf(groups: unknown): string[] {
  return listAt(groups, 'groups').flatMap((group) => listAt(group, 'versions').map((version) => textAt(version, 'groupVersion')));
}

export function resourcesOf({ groups, lists }: Discovery): ApiResource[] {
  return versionsOf(groups).flatMap((groupVersion) => {
    const [group, version] = groupVersion.includes('/') ? (groupVersion.split('/') as [string, string]) : ['', groupVersion];
    return resourcesOfList(group, version, lists.get(groupVersion));
  });
}

function groupList(groups: readonly JsonObject[]): JsonObject {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: [...groups] };
}

function groupOf(name: string, versions: readonly string[]): JsonObject {
  const all = versions.map((version) => ({ groupVersion: name === '' ? version : `${name}/${version}`, version }));
  return { name, versions: all, ...(all[0] && { preferredVersion: all[0] }) };
}

/** Aggregated discovery in the words of the older documents. Source: client-go discovery, SplitGroupsAndResources. */
function discoveryOf(items: readonly JsonObject[]): Discovery {
  const lists = new Map<string, JsonObject>();
  const groups = items.map((item) => {
    const name = textAt(item, 'metadata', 'name');
    const current = listAt(item, 'versions').filter((version) => version['freshness'] !== 'Stale');
    const group = groupOf(name, current.map((version) => textAt(version, 'version')));
    for (const [index, groupVersion] of versionsOf({ groups: [group] }).entries()) {
      lists.set(groupVersion, { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: listAt(current[index], 'resources').flatMap(entriesOf) });
    }
    return group;
  });
  return { groups: groupList(groups), lists };
}

function entriesOf(resource: JsonObject): JsonObject[] {
  const name = textAt(resource, 'resource');
  const namespaced = resource['scope'] === 'Namespaced';
  const entry = (of: JsonObject, path: string): JsonObject => ({
    name: path, singularName: textAt(resource, 'singularResource'), namespaced, ...(textAt(of, 'responseKind', 'group') && { group: textAt(of, 'responseKind', 'group') }),
    ...(textAt(of, 'responseKind', 'version') && { version: textAt(of, 'responseKind', 'version') }), kind: textAt(of, 'responseKind', 'kind'), verbs: listAt(of, 'verbs'),
    ...(listAt(of, 'shortNames').length > 0 && { shortNames: listAt(of, 'shortNames') }), ...(listAt(of, 'categories').length > 0 && { categories: listAt(of, 'categories') }),
  });
  return [entry(resource, name), ...listAt(resource, 'subresources').map((sub) => entry(sub, `${name}/${textAt(sub, 'subresource')}`))];
}
