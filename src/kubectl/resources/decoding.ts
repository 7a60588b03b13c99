import { isObject, type JsonObject } from '../../apimachinery/patch/json.ts';
import { CommandError } from '../errors.ts';

/** Fields of ObjectMeta that kubectl itself reads, with their types in Go: a file that gives others is refused before the server sees it. */
const METADATA_TYPES: Readonly<Record<string, string>> = {
  name: 'string', generateName: 'string', namespace: 'string', selfLink: 'string', uid: 'string', resourceVersion: 'string', generation: 'int64', deletionGracePeriodSeconds: 'int64',
  labels: 'map[string]string', annotations: 'map[string]string', finalizers: '[]string', ownerReferences: '[]v1.OwnerReference', managedFields: '[]v1.ManagedFieldsEntry',
};

/** Throws CommandError for metadata that is no metadata, in the words of Go's decoder. `source`: the file. */
export function checkMetadata(object: JsonObject, source: string): void {
  const complain = (value: unknown, field: string, type: string): never => {
    throw new CommandError(`unable to decode ${JSON.stringify(source)}: json: cannot unmarshal ${jsonType(value)} into Go struct field ${field} of type ${type}`);
  };
  const metadata = object['metadata'] ?? {};
  if (!isObject(metadata)) return complain(metadata, 'metadataOnlyObject.metadata', 'v1.ObjectMeta');
  for (const [name, value] of Object.entries(metadata)) {
    const type = METADATA_TYPES[name];
    if (type === undefined || value === null) continue;
    const wrong = findWrong(value, type);
    if (wrong) complain(wrong.value, `ObjectMeta.metadata.${name}`, wrong.type);
  }
}

/** The value that does not fit, and the type that it ought to have. */
function findWrong(value: unknown, type: string): { value: unknown; type: string } | undefined {
  const [kind, member] = type.startsWith('[]') ? ['array', type.slice(2)] : type.startsWith('map[string]') ? ['object', 'string'] : [type === 'int64' ? 'number' : type, undefined];
  if (jsonType(value) !== kind) return { value, type };
  if (member !== 'string') return undefined;
  return Object.values(value as object).filter((one) => one !== null && typeof one !== 'string').map((one: unknown) => ({ value: one, type: 'string' }))[0];
}

function jsonType(value: unknown): string {
  return Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
}
