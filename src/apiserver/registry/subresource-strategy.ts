import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import type { ServedResource } from './served-resource.ts';
import type { UpdateStrategy } from './update.ts';

type WithStatus = KubeObject & { status?: unknown };

/** Status and metadata may change, nothing else. */
function keepAllButStatus(object: KubeObject, old: DeepReadonly<KubeObject>): void {
  const { status } = object as WithStatus;
  const { metadata } = object;
  for (const key of Object.keys(object)) delete (object as unknown as Record<string, unknown>)[key];
  Object.assign(object, old, { metadata });
  if (status === undefined) delete (object as WithStatus).status;
  else (object as WithStatus).status = status;
}

/** The strategy of a subresource that is the object seen through a narrower door (`status`, `resize`, ...); undefined for the object itself. */
export function strategyOf(resource: ServedResource, subresource: string): UpdateStrategy | undefined {
  const { status, others } = resource.kind.subresources;
  const strategy = subresource === 'status' ? status : others.find((other) => other.name === subresource)?.strategy;
  if (!strategy) return undefined;
  return {
    prepareForUpdate: (object, old, context) => (strategy.prepareForUpdate ? strategy.prepareForUpdate(object, old, context) : keepAllButStatus(object, old)),
    validateUpdate: (object, old, errors, version) => strategy.validateUpdate?.(object, old, errors, version),
  };
}
