import type { Binding, Pod } from '../../../api/generated/core-v1.ts';
import * as refs from '../../../api/refs.ts';
import type { CachedObjects } from '../../cacher/cached-objects.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';

const LABELS = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

/** Pods learn zone and region of their node as labels, when they are bound to it or made for it. */
export class PodTopologyLabels implements AdmissionPlugin {
  readonly name = 'PodTopologyLabels';
  readonly #objects: () => CachedObjects;

  constructor(objects: () => CachedObjects) {
    this.#objects = objects;
  }

  handles(operation: AdmissionAttributes['operation'], { group, resource, subresource }: AdmissionAttributes): boolean {
    return operation === 'CREATE' && group === '' && ((resource === 'pods' && (subresource === '' || subresource === 'binding')) || resource === 'bindings');
  }

  admit({ object, resource, subresource }: AdmissionAttributes): void {
    if (!object) return;
    const isPod = resource === 'pods' && subresource === '';
    const target = isPod ? (object as Pod).spec.nodeName : nodeOfBinding(object as Binding);
    const labels = target ? this.#objects().get(refs.nodes, target)?.metadata.labels : undefined;
    if (!labels) return;
    for (const key of LABELS) {
      const value = labels[key];
      if (value !== undefined) object.metadata.labels = { ...object.metadata.labels, [key]: value };
    }
  }
}

function nodeOfBinding({ target }: Binding): string | undefined {
  return target.kind === '' || target.kind === undefined || target.kind === 'Node' ? target.name : undefined;
}
