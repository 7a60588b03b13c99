import type { PersistentVolumeClaim } from '../../../api/generated/core-v1.ts';
import * as refs from '../../../api/refs.ts';
import { defaultClassOf, saysClass } from '../../../component-helpers/storage-class.ts';
import type { CachedObjects } from '../../cacher/cached-objects.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';
import { isFor } from '../refusal.ts';

/** A claim that names no storage class gets the default one; an empty name asks for none. */
export class DefaultStorageClass implements AdmissionPlugin {
  readonly name = 'DefaultStorageClass';
  readonly #objects: () => CachedObjects;

  constructor(objects: () => CachedObjects) {
    this.#objects = objects;
  }

  handles(operation: AdmissionAttributes['operation'], attributes: AdmissionAttributes): boolean {
    return operation === 'CREATE' && isFor(attributes, '', 'persistentvolumeclaims');
  }

  admit(attributes: AdmissionAttributes): void {
    const claim = attributes.object as PersistentVolumeClaim;
    if (saysClass(claim)) return;
    const found = defaultClassOf(this.#objects().list(refs.storageClasses));
    if (found) claim.spec.storageClassName = found.metadata.name;
  }
}
