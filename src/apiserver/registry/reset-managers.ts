import { isObject } from '../../apimachinery/patch/json.ts';

/**
 * An object as it was sent, before it is decoded. An empty list of managers asks that nobody manages anything, as one empty entry does; it is read as that, for decoding
 * leaves no empty list. Custom resources' metadata is written anew before anybody looks at it: there it asks for nothing.
 * Source: apimachinery pkg/util/managedfields, isResetManagedFields.
 */
export function readManagersReset(sent: unknown): unknown {
  if (!isObject(sent) || !isObject(sent['metadata'])) return sent;
  const { managedFields } = sent['metadata'];
  return Array.isArray(managedFields) && managedFields.length === 0 ? { ...sent, metadata: { ...sent['metadata'], managedFields: [{}] } } : sent;
}
