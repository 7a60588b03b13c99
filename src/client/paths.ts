import type { ResourceRef } from '../apimachinery/meta.ts';

/** The path of a resource's collection: `/apis/apps/v1/namespaces/default/deployments`; of all namespaces when none is named. */
export function collectionPath(ref: ResourceRef, namespace?: string): string {
  const root = ref.group === '' ? `/api/${ref.version}` : `/apis/${ref.group}/${ref.version}`;
  return ref.namespaced && namespace ? `${root}/namespaces/${encodeURIComponent(namespace)}/${ref.resource}` : `${root}/${ref.resource}`;
}

export function objectPath(ref: ResourceRef, namespace: string | undefined, name: string, subresource?: string): string {
  const path = `${collectionPath(ref, namespace)}/${encodeURIComponent(name)}`;
  return subresource ? `${path}/${subresource}` : path;
}
