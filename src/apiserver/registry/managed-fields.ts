import { CatalogueApplyTypes } from '../../apimachinery/apply/apply-type.ts';
import { updateManagedFields } from '../../apimachinery/apply/field-manager.ts';
import { setOfFields } from '../../apimachinery/apply/field-set.ts';
import { SCALE_VERSION } from '../../apimachinery/apply/scale-managers.ts';
import { TypedError } from '../../apimachinery/apply/path-element.ts';
import type { ManagedKind } from '../../apimachinery/apply/managed-kind.ts';
import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import { schemas } from '../../api/schemas.ts';
import { decodeAs } from './decoding.ts';
import { inVersion, type ResourceTable, type ServedResource, toStorage } from './served-resource.ts';
import type { WriteContext } from './write-context.ts';

const types = new CatalogueApplyTypes(schemas);
const known = new WeakMap<ServedResource, Map<string, ManagedKind>>();

/** What server-side apply must know of a resource, or of one of its subresources. */
export function managedKindOf(resources: ResourceTable, resource: ServedResource, subresource: string): ManagedKind {
  let bySubresource = known.get(resource);
  if (!bySubresource) known.set(resource, (bySubresource = new Map()));
  let managed = bySubresource.get(subresource);
  if (!managed) bySubresource.set(subresource, (managed = makeManagedKind(resources, resource, subresource)));
  return managed;
}

function makeManagedKind(resources: ResourceTable, resource: ServedResource, subresource: string): ManagedKind {
  const { kind } = resource.kind;
  const servedIn = (apiVersion: string): ServedResource | undefined => (apiVersion === resource.apiVersion ? resource : resources.ofKind(apiVersion, kind));
  return {
    kind, apiVersion: resource.apiVersion, resetFields: setOfFields(resetPaths(resource, subresource)), hasChangingSchema: resource.version.custom !== undefined,
    emptyObject: resource.version.custom ? {} : decodeAs(resource.version.message, {}),
    typeOf: (apiVersion) => {
      const served = servedIn(apiVersion);
      return served && (served.version.custom?.applyType ?? types.typeOf(served.version.message));
    },
    toVersion: (object, apiVersion) => {
      const served = servedIn(apiVersion);
      // A webhook is not asked in between: of the other version only the name is taken.
      if (served?.version.prepare && served !== resource) return { ...object, apiVersion };
      return served && served !== resource ? inVersion(served, toStorage(resource, object as KubeObject)) : object;
    },
  };
}

/** A Scale as server-side apply sees it, whatever it is of. */
export const scaleKind: ManagedKind = {
  kind: 'Scale', apiVersion: SCALE_VERSION, resetFields: setOfFields([]), emptyObject: decodeAs('autoscaling.v1.Scale', {}),
  typeOf: (apiVersion) => (apiVersion === SCALE_VERSION ? types.typeOf('autoscaling.v1.Scale') : undefined),
  toVersion: (object) => object,
};

/** What a write through this door does not change, whoever asks for it. */
function resetPaths(resource: ServedResource, subresource: string): string[][] {
  const { resetFields, subresources } = resource.kind;
  if (subresource === '' && resource.version.lacks?.has('status')) return [];
  const paths = resetFields?.[subresource] ?? (subresource === 'status' ? ['spec'] : subresource === '' && subresources.status ? ['status'] : []);
  return paths.map((path) => path.split('.'));
}

/**
 * Writes down who manages which fields after a create (`old` undefined) or an update by `manager`. `object`: in the storage version, with defaults. Nobody manages
 * anything of an object whose lists cannot be told element by element; it is written all the same. Source: apimachinery pkg/util/managedfields, UpdateNoErrors.
 */
export function manageFields(context: WriteContext, object: KubeObject, old: DeepReadonly<KubeObject> | undefined, manager: string): KubeObject {
  const { registry, resource, subresource } = context;
  const kind = managedKindOf(registry.resources, resource, subresource);
  const live = old && inVersion(resource, old as KubeObject);
  const write = { live, manager, subresource, nowMs: registry.clock.now() };
  const entries = entriesOf(() => updateManagedFields(kind, inVersion(resource, object), write));
  if (entries === undefined) delete object.metadata.managedFields;
  else object.metadata.managedFields = entries;
  return object;
}

function entriesOf(update: () => ReturnType<typeof updateManagedFields>): ReturnType<typeof updateManagedFields> {
  try {
    return update();
  } catch (error) {
    if (error instanceof TypedError) return undefined;
    throw error;
  }
}
