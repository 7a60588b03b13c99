import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';

const FINALIZERS: ReadonlyMap<string, string> = new Map([
  ['/persistentvolumeclaims', 'kubernetes.io/pvc-protection'], ['/persistentvolumes', 'kubernetes.io/pv-protection'],
  ['storage.k8s.io/volumeattributesclasses', 'kubernetes.io/vac-protection'],
]);

/** Volumes, claims and classes of volume attributes stay until nothing uses them; the protection controllers take the finalizers away. */
export class StorageObjectInUseProtection implements AdmissionPlugin {
  readonly name = 'StorageObjectInUseProtection';

  handles(operation: AdmissionAttributes['operation'], { group, resource, subresource }: AdmissionAttributes): boolean {
    return operation === 'CREATE' && subresource === '' && FINALIZERS.has(`${group}/${resource}`);
  }

  admit({ object, group, resource }: AdmissionAttributes): void {
    const finalizer = FINALIZERS.get(`${group}/${resource}`);
    if (!object || finalizer === undefined || object.metadata.finalizers?.includes(finalizer)) return;
    object.metadata.finalizers = [...(object.metadata.finalizers ?? []), finalizer];
  }
}
