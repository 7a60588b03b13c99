import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import type { WriteContext } from './write-context.ts';

/** Who manages which fields after a create by `manager`. */
export function manageCreate(_context: WriteContext, object: KubeObject, _manager: string): KubeObject {
  delete object.metadata.managedFields;
  return object;
}

/** Who manages which fields after an update by `manager`. */
export function manageUpdate(_context: WriteContext, object: KubeObject, _old: DeepReadonly<KubeObject>, _manager: string): KubeObject {
  delete object.metadata.managedFields;
  return object;
}
