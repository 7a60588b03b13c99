import type { Ingress } from '../../../api/generated/networking-v1.ts';
import * as refs from '../../../api/refs.ts';
import type { CachedObjects } from '../../cacher/cached-objects.ts';
import { newestDefault } from '../../../component-helpers/newest-default.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';
import { isFor } from '../refusal.ts';

const MARK = 'ingressclass.kubernetes.io/is-default-class';

/** An ingress that names no class, in its field or in the old annotation, gets the default one. */
export class DefaultIngressClass implements AdmissionPlugin {
  readonly name = 'DefaultIngressClass';
  readonly #objects: () => CachedObjects;

  constructor(objects: () => CachedObjects) {
    this.#objects = objects;
  }

  handles(operation: AdmissionAttributes['operation'], attributes: AdmissionAttributes): boolean {
    return operation === 'CREATE' && isFor(attributes, 'networking.k8s.io', 'ingresses');
  }

  admit(attributes: AdmissionAttributes): void {
    const { spec, metadata } = attributes.object as Ingress;
    if (spec.ingressClassName !== undefined || metadata.annotations?.['kubernetes.io/ingress.class'] !== undefined) return;
    const found = newestDefault(this.#objects().list(refs.ingressClasses), [MARK]);
    if (found) spec.ingressClassName = found.metadata.name;
  }
}
