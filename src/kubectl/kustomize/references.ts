import { isObject } from '../../apimachinery/patch/json.ts';
import type { KubeJson } from '../kube-json.ts';

/** Under a field of the first name, the field of the second holds the name of an object of the kind. Source: kustomize's name reference configuration. */
const REFERENCES: readonly (readonly [string, string, string])[] = [
  ['configMapKeyRef', 'name', 'ConfigMap'], ['configMapRef', 'name', 'ConfigMap'], ['configMap', 'name', 'ConfigMap'], ['secretKeyRef', 'name', 'Secret'], ['secretRef', 'name', 'Secret'], ['secret', 'secretName', 'Secret'], ['secret', 'name', 'Secret'],
  ['imagePullSecrets', 'name', 'Secret'], ['tls', 'secretName', 'Secret'], ['persistentVolumeClaim', 'claimName', 'PersistentVolumeClaim'], ['service', 'name', 'Service'], ['spec', 'serviceName', 'Service'], ['spec', 'serviceAccountName', 'ServiceAccount'],
];

/** Puts new names, by `Kind/name`, wherever an object refers to old ones. */
export function renameReferences(object: KubeJson, renames: ReadonlyMap<string, string>): void {
  walk(object, '', (parent, value) => {
    for (const [field, key, kind] of REFERENCES) {
      const name = value[key];
      const renamed = parent === field && typeof name === 'string' ? renames.get(`${kind}/${name}`) : undefined;
      if (renamed !== undefined) value[key] = renamed;
    }
    if ((parent === 'roleRef' || parent === 'scaleTargetRef' || parent === 'subjects') && typeof value['kind'] === 'string') {
      const renamed = renames.get(`${value['kind']}/${String(value['name'])}`);
      if (renamed !== undefined) value['name'] = renamed;
    }
  });
}

function walk(value: unknown, parent: string, visit: (parent: string, value: Record<string, unknown>) => void): void {
  if (Array.isArray(value)) for (const item of value) walk(item, parent, visit);
  else if (isObject(value)) {
    visit(parent, value);
    for (const [key, inner] of Object.entries(value)) walk(inner, key, visit);
  }
}
