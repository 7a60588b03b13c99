/** The discovery documents that every client reads, one a group and version. */
import { apiVersionOf } from '../../apimachinery/meta.ts';
import type { ApiGroup, ApiVersion } from './api-groups.ts';

interface NamedVersion {
  readonly groupVersion: string;
  readonly version: string;
}

interface GroupDocument {
  readonly kind?: 'APIGroup';
  readonly apiVersion?: 'v1';
  readonly name: string;
  readonly versions: readonly NamedVersion[];
  readonly preferredVersion: NamedVersion | undefined;
}

/** `/api`. `serverAddress`: where clients of any address reach the server, `host:port`. */
export function apiVersions(versions: readonly string[], serverAddress: string): object {
  return { kind: 'APIVersions', versions, serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }] };
}

function named({ group, version }: ApiVersion): NamedVersion {
  return { groupVersion: apiVersionOf({ group, version }), version };
}

function groupBody({ name, versions }: ApiGroup): GroupDocument {
  const all = versions.map(named);
  return { name, versions: all, preferredVersion: all[0] };
}

/** `/apis` */
export function apiGroupList(groups: readonly ApiGroup[]): object {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.filter((group) => group.name !== '').map(groupBody) };
}

/** `/apis/<group>` */
export function apiGroup(group: ApiGroup): object {
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupBody(group) };
}

/** `/api/v1`, `/apis/<group>/<version>` */
export function apiResourceList({ group, version, resources }: ApiVersion): object {
  const entries = resources.flatMap((resource) => [
    {
      name: resource.name, singularName: resource.singular, namespaced: resource.namespaced, kind: resource.kind, verbs: resource.verbs,
      ...(resource.shortNames.length > 0 && { shortNames: resource.shortNames }),
      ...(resource.categories.length > 0 && { categories: resource.categories }),
      ...(resource.storageVersionHash !== undefined && { storageVersionHash: resource.storageVersionHash }),
    },
    ...resource.subresources.map((one) => ({
      name: `${resource.name}/${one.name}`, singularName: '', namespaced: resource.namespaced,
      ...(one.group !== '' && { group: one.group }), ...(one.version !== '' && { version: one.version }),
      kind: one.kind, verbs: one.verbs,
    })),
  ]);
  // The core group's document has never told its own version.
  return { kind: 'APIResourceList', ...(group !== '' && { apiVersion: 'v1' }), groupVersion: apiVersionOf({ group, version }), resources: entries };
}
