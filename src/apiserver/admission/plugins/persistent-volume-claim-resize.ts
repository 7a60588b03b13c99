import type { PersistentVolumeClaim } from '../../../api/generated/core-v1.ts';
import * as refs from '../../../api/refs.ts';
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import { compareQuantities, parseQuantity } from '../../../apimachinery/quantity.ts';
import { classNameOf } from '../../../component-helpers/storage-class.ts';
import type { CachedObjects } from '../../cacher/cached-objects.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';
import { isFor, refusal } from '../refusal.ts';

/** A claim may grow if it is bound and its class allows it. */
export class PersistentVolumeClaimResize implements AdmissionPlugin {
  readonly name = 'PersistentVolumeClaimResize';
  readonly #objects: () => CachedObjects;

  constructor(objects: () => CachedObjects) {
    this.#objects = objects;
  }

  handles(operation: AdmissionAttributes['operation'], attributes: AdmissionAttributes): boolean {
    return operation === 'UPDATE' && isFor(attributes, '', 'persistentvolumeclaims');
  }

  validate(attributes: AdmissionAttributes): void {
    const claim = attributes.object as DeepReadonly<PersistentVolumeClaim>;
    const old = attributes.oldObject as DeepReadonly<PersistentVolumeClaim>;
    const sizeOf = (one: DeepReadonly<PersistentVolumeClaim>): string | number => one.spec.resources?.requests?.['storage'] ?? '0';
    if (compareQuantities(parseQuantity(sizeOf(claim)), parseQuantity(sizeOf(old))) <= 0) return;
    if (old.status?.phase !== 'Bound') throw refusal(attributes, 'Only bound persistent volume claims can be expanded');
    const className = classNameOf(old);
    const storageClass = className === '' || className !== classNameOf(claim) ? undefined : this.#objects().get(refs.storageClasses, className);
    if (!storageClass?.allowVolumeExpansion) {
      throw refusal(attributes, 'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize');
    }
  }
}
