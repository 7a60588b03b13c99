import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ObjectDecoder } from '../../../apimachinery/schema/decode.ts';
import { FieldErrors } from '../../../apimachinery/validation/field-errors.ts';
import type { Pod } from '../../generated/core-v1.ts';
import { schemas } from '../../schemas.ts';
import { pod } from '../pod.ts';

const KEY = 'container.apparmor.security.beta.kubernetes.io/main';
const WARNING = `metadata.annotations[${KEY}]: deprecated since v1.30; use the "appArmorProfile" field instead`;

function create(annotation: string, spec: Record<string, unknown> = {}, container: Record<string, unknown> = {}): { profile: unknown; warnings: string[]; faults: string[] } {
  const fields = { metadata: { name: 'p', annotations: { [KEY]: annotation } }, spec: { containers: [{ name: 'main', image: 'i', ...container }], ...spec } };
  const { object } = new ObjectDecoder(schemas).decode<Pod>('core.v1.Pod', fields);
  const warnings: string[] = [];
  pod.default?.(object);
  pod.prepareForCreate?.(object, { nowMs: 0, version: 'v1', userName: 'alice', userUid: '', userGroups: [], userExtra: {}, warnings });
  const errors = new FieldErrors();
  pod.validate?.(object, errors, { group: '', version: 'v1' });
  pod.validateCreate?.(object, errors, { group: '', version: 'v1' });
  warnings.push(...(pod.warnings?.(object, undefined) ?? []));
  return { profile: object.spec.containers[0]?.securityContext?.appArmorProfile, warnings, faults: errors.causes.map(({ field }) => field) };
}

suite('the profile of an annotation', () => {
  const told = { warnings: [WARNING], faults: [] };
  for (const { name, given, expected } of [
    { name: 'becomes the container\'s', given: create('runtime/default'), expected: { profile: { type: 'RuntimeDefault' }, ...told } },
    { name: 'may be of the node', given: create('localhost/a'), expected: { profile: { type: 'Localhost', localhostProfile: 'a' }, ...told } },
    { name: 'goes before the pod\'s', given: create('unconfined', { securityContext: { appArmorProfile: { type: 'RuntimeDefault' } } }), expected: { profile: { type: 'Unconfined' }, ...told } },
    { name: 'that is the pod\'s stays there', given: create('unconfined', { securityContext: { appArmorProfile: { type: 'Unconfined' } } }), expected: { profile: undefined, warnings: [], faults: [] } },
    { name: 'that is none is told of', given: create('localhost/'), expected: { profile: undefined, ...told } },
    { name: 'that the container has already is nothing new', given: create('unconfined', {}, { securityContext: { appArmorProfile: { type: 'Unconfined' } } }), expected: { profile: { type: 'Unconfined' }, warnings: [], faults: [] } },
    { name: 'is of no use to Windows', given: create('unconfined', { os: { name: 'windows' } }), expected: { profile: undefined, warnings: [], faults: [] } },
  ]) test(name, () => assert.deepEqual(given, expected));
});
