/** What a kind's own rules say of an object, without a server: decoded, defaulted and prepared as a write would. */
import { ObjectDecoder } from '../../src/apimachinery/schema/decode.ts';
import type { KubeObject } from '../../src/apimachinery/meta.ts';
import { FieldErrors } from '../../src/apimachinery/validation/field-errors.ts';
import type { KindDefinition, StrategyContext } from '../../src/api/kind.ts';
import { schemas } from '../../src/api/schemas.ts';

export type Fields = Record<string, unknown>;

const decoder = new ObjectDecoder(schemas);
const context: StrategyContext = { nowMs: 0, version: 'v1', userName: 'alice', userUid: '', userGroups: [], userExtra: {} };

function read(kind: KindDefinition, fields: Fields): KubeObject {
  const metadata = { name: 'x', ...(kind.namespaced && { namespace: 'n' }), ...(fields['metadata'] as Fields | undefined) };
  const { object } = decoder.decode<KubeObject>(kind.versions[0]?.message ?? '', { ...fields, metadata });
  kind.default?.(object);
  return object;
}

const texts = ({ causes }: FieldErrors): string[] => causes.map(({ field, message }) => `${field}: ${message}`);
const spoken = (kind: KindDefinition): { group: string; version: string } => ({ group: kind.group, version: kind.versions[0]?.version ?? '' });

/** As it would be stored. */
export function made(kind: KindDefinition, fields: Fields): KubeObject {
  const object = read(kind, fields);
  Object.assign(object.metadata, { uid: 'u', generation: 1 });
  kind.prepareForCreate?.(object, context);
  return object;
}

/** `path: message` of each fault of a create. */
export function createFaults(kind: KindDefinition, fields: Fields): string[] {
  const errors = new FieldErrors();
  const object = made(kind, fields);
  kind.validate?.(object, errors, spoken(kind));
  kind.validateCreate?.(object, errors, spoken(kind));
  return texts(errors);
}

/** Of an update from `old` to `now`; `status` stands for what the status subresource wrote before. */
export function updateFaults(kind: KindDefinition, now: Fields, old: Fields, status?: object): string[] {
  const errors = new FieldErrors();
  const before = made(kind, old);
  if (status) Object.assign(before, { status });
  const object = read(kind, now);
  object.metadata.uid = 'u';
  kind.prepareForUpdate?.(object, before, context);
  kind.validate?.(object, errors, spoken(kind));
  kind.validateUpdate?.(object, before, errors, spoken(kind));
  return texts(errors);
}

/** Of an update of the status, or of the subresource of that name. */
export function statusFaults(kind: KindDefinition, now: Fields, old: Fields, subresource = 'status'): string[] {
  const errors = new FieldErrors();
  const before = Object.assign(made(kind, old), old['status'] !== undefined && { status: old['status'] });
  const object = read(kind, { ...old, ...now });
  object.metadata.uid = 'u';
  const strategy = subresource === 'status' ? kind.subresources.status : kind.subresources.others.find(({ name }) => name === subresource)?.strategy;
  strategy?.prepareForUpdate?.(object, before, context);
  strategy?.validateUpdate?.(object, before, errors, { group: kind.group, version: kind.storageVersion });
  return texts(errors);
}

export function createWarnings(kind: KindDefinition, fields: Fields): string[] {
  return kind.warnings?.(made(kind, fields), undefined) ?? [];
}

export function updateWarnings(kind: KindDefinition, now: Fields, old: Fields): string[] {
  const before = made(kind, old);
  const object = read(kind, now);
  kind.prepareForUpdate?.(object, before, context);
  return kind.warnings?.(object, before) ?? [];
}
