/** All of discovery in one document (apidiscovery.k8s.io/v2): what kubectl asks for first. */
import type { ApiGroup, ApiResource } from './api-groups.ts';

function resourceBody(resource: ApiResource): object {
  return {
    resource: resource.name,
    responseKind: { group: resource.group ?? '', version: resource.version ?? '', kind: resource.kind },
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: resource.singular,
    verbs: resource.verbs,
    ...(resource.shortNames.length > 0 && { shortNames: resource.shortNames }),
    ...(resource.categories.length > 0 && { categories: resource.categories }),
    ...(resource.subresources.length > 0 && {
      subresources: resource.subresources.map((one) => ({ subresource: one.name, responseKind: { group: one.group, version: one.version, kind: one.kind }, verbs: one.verbs })),
    }),
  };
}

export function apiGroupDiscoveryList(groups: readonly ApiGroup[]): object {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map(({ name, versions }) => ({
      metadata: name === '' ? {} : { name },
      versions: versions.map((one) => ({ version: one.version, resources: one.resources.map(resourceBody), freshness: one.isStale ? 'Stale' : 'Current' })),
    })),
  };
}
