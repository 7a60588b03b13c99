import { apiVersionOf, type DeepReadonly, type KubeObject, type OwnerReference, type ResourceRef } from '../apimachinery/meta.ts';

/** The one owner that controls the object, if it has one. */
export function controllerOf(object: DeepReadonly<KubeObject>): DeepReadonly<OwnerReference> | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

export function isControlledBy(object: DeepReadonly<KubeObject>, owner: DeepReadonly<KubeObject>): boolean {
  return controllerOf(object)?.uid === owner.metadata.uid;
}

/** The reference with which a controller marks what it makes: controller, and its deletion in the foreground waits for the object. */
export function controllerReference(owner: DeepReadonly<KubeObject>, ref: Pick<ResourceRef, 'group' | 'version' | 'kind'>): OwnerReference {
  const { name, uid } = owner.metadata;
  return { apiVersion: apiVersionOf(ref), kind: ref.kind, name, uid, controller: true, blockOwnerDeletion: true };
}
