import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CatalogueApplyTypes } from '../apimachinery/apply/apply-type.ts';
import { applyConfiguration, updateManagedFields } from '../apimachinery/apply/field-manager.ts';
import { setOfFields } from '../apimachinery/apply/field-set.ts';
import type { ManagedKind } from '../apimachinery/apply/managed-kind.ts';
import type { KubeObject, ManagedFieldsEntry } from '../apimachinery/meta.ts';
import { ObjectDecoder } from '../apimachinery/schema/decode.ts';
import { StatusError } from '../apimachinery/status.ts';
import { schemas } from './schemas.ts';

const types = new CatalogueApplyTypes(schemas);
const decoder = new ObjectDecoder(schemas);
const NOW = Date.UTC(2026, 0, 1);

interface Applied { object: KubeObject; isNoop: boolean }

/** A kind, and one object of it that requests are made on. */
class Fixture {
  readonly #message: string;
  readonly #kind: ManagedKind;
  live: KubeObject | undefined;
  #nowMs = NOW;

  constructor(kind: string, apiVersion: string, message: string) {
    this.#message = message;
    this.#kind = {
      kind, apiVersion, resetFields: setOfFields([['status']]), emptyObject: decoder.decode(message, {}).object,
      typeOf: (version) => (version === apiVersion ? types.typeOf(message) : undefined), toVersion: (object) => object,
    };
  }

  #store(object: KubeObject, entries: ManagedFieldsEntry[] | undefined): void {
    const { managedFields: _, ...metadata } = object.metadata;
    this.live = { ...object, metadata: { ...metadata, uid: 'u', ...(entries && { managedFields: entries }) } };
  }

  update(body: object, manager = 'golden'): ManagedFieldsEntry[] | undefined {
    const object = decoder.decode<KubeObject>(this.#message, { apiVersion: this.#kind.apiVersion, kind: this.#kind.kind, ...body }).object;
    this.#store(object, updateManagedFields(this.#kind, object, { live: this.live, manager, subresource: '', nowMs: this.#nowMs += 1000 }));
    return this.live?.metadata.managedFields;
  }

  apply(body: object, manager: string, force = false): Applied {
    const applied = { apiVersion: this.#kind.apiVersion, kind: this.#kind.kind, ...body } as KubeObject;
    const result = applyConfiguration(this.#kind, applied, { live: this.live, manager, subresource: '', nowMs: this.#nowMs += 1000, force });
    const object = decoder.decode<KubeObject>(this.#message, result.object).object;
    this.#store(object, object.metadata.managedFields);
    return { object, isNoop: result.isNoop };
  }
}

function owned(entries: readonly ManagedFieldsEntry[] | undefined): Record<string, unknown> {
  return Object.fromEntries((entries ?? []).map((one) => [`${one.manager} ${one.operation}`, one.fieldsV1]));
}

const configMap = (): Fixture => new Fixture('ConfigMap', 'v1', 'core.v1.ConfigMap');
const deployment = (): Fixture => new Fixture('Deployment', 'apps/v1', 'apps.v1.Deployment');
const conflictWith = (message: string) => (error: unknown) => StatusError.is(error) && error.code === 409 && error.message === message;

test('a create owns what it sets, and what Go had not written before', () => {
  const entries = deployment().update({
    metadata: { name: 'd' },
    spec: {
      replicas: 1, selector: { matchLabels: { app: 'x' } }, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%' } },
      template: { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'm', image: 'i', ports: [{ containerPort: 80, protocol: 'TCP' }] }], securityContext: {} } },
    },
    status: { replicas: 4 },
  });
  assert.deepEqual(entries, [{
    manager: 'golden', operation: 'Update', apiVersion: 'apps/v1', time: '2026-01-01T00:00:01Z', fieldsType: 'FieldsV1',
    fieldsV1: {
      'f:spec': {
        'f:replicas': {}, 'f:selector': {}, 'f:strategy': { 'f:rollingUpdate': { '.': {}, 'f:maxSurge': {} }, 'f:type': {} },
        'f:template': {
          'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
          'f:spec': {
            'f:containers': { 'k:{"name":"m"}': { '.': {}, 'f:image': {}, 'f:name': {}, 'f:ports': { '.': {}, 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {}, 'f:protocol': {} } }, 'f:resources': {} } },
            'f:securityContext': {},
          },
        },
      },
    },
  }]);
});

test('updates take over what they change; a no-op keeps the very entries', () => {
  const fixture = configMap();
  const first = fixture.update({ metadata: { name: 'a' }, data: { k: '1' } }, 'm1');
  assert.equal(fixture.update({ metadata: { name: 'a', managedFields: structuredClone(first) }, data: { k: '1' } }, 'm2'), first);
  assert.deepEqual(owned(fixture.update({ metadata: { name: 'a' }, data: { k: '1', k2: 'x' } }, 'm2')), { 'm1 Update': { 'f:data': { '.': {}, 'f:k': {} } }, 'm2 Update': { 'f:data': { 'f:k2': {} } } });
  assert.deepEqual(owned(fixture.update({ metadata: { name: 'a' }, data: { k2: 'y' } }, 'm3')), { 'm1 Update': { 'f:data': {} }, 'm3 Update': { 'f:data': { 'f:k2': {} } } });
  assert.equal(fixture.update({ metadata: { name: 'a', managedFields: [{}] }, data: { k2: 'y' } }), undefined);
  assert.equal(fixture.update({ metadata: { name: 'a' }, data: { k2: 'z' } }), undefined);
});

test('more than ten updaters share an entry for the oldest', () => {
  const fixture = configMap();
  const data: Record<string, string> = {};
  for (let i = 0; i < 13; i++) fixture.update({ metadata: { name: 'a' }, data: Object.assign(data, { [`k${i}`]: 'x' }) && { ...data } }, `m${i}`);
  const entries = fixture.live?.metadata.managedFields ?? [];
  assert.equal(entries.length, 10);
  assert.deepEqual(entries.find((one) => one.manager === 'ancient-changes')?.fieldsV1, { 'f:data': { '.': {}, 'f:k0': {}, 'f:k1': {}, 'f:k2': {}, 'f:k3': {} } });
});

test('appliers conflict, share equal values, force, and give up', () => {
  const fixture = configMap();
  fixture.apply({ metadata: { name: 'a', labels: { l: '1' } }, data: { k: 'v', s: 'same' } }, 'one');
  assert.deepEqual(owned(fixture.live?.metadata.managedFields), { 'one Apply': { 'f:data': { 'f:k': {}, 'f:s': {} }, 'f:metadata': { 'f:labels': { 'f:l': {} } } } });
  assert.equal(fixture.apply({ metadata: { name: 'a', labels: { l: '1' } }, data: { k: 'v', s: 'same' } }, 'one').isNoop, true);
  assert.throws(() => fixture.apply({ metadata: { name: 'a' }, data: { k: 'w' } }, 'two'), conflictWith('Apply failed with 1 conflict: conflict with "one": .data.k'));
  fixture.apply({ metadata: { name: 'a' }, data: { s: 'same', mine: '2' } }, 'two');
  fixture.apply({ metadata: { name: 'a' }, data: { k: 'w', s: 'same' } }, 'two', true);
  assert.deepEqual(owned(fixture.live?.metadata.managedFields), { 'one Apply': { 'f:data': { 'f:s': {} }, 'f:metadata': { 'f:labels': { 'f:l': {} } } }, 'two Apply': { 'f:data': { 'f:k': {}, 'f:s': {} } } });
  assert.deepEqual((fixture.live as { data?: object }).data, { k: 'w', s: 'same' });
  const { object } = fixture.apply({ metadata: { name: 'a' }, data: {} }, 'two');
  assert.deepEqual((object as { data?: object }).data, { s: 'same' });
  assert.deepEqual(owned(object.metadata.managedFields)['two Apply'], { 'f:data': {} });
});

test('an apply that changes nothing gets no time', () => {
  const fixture = configMap();
  fixture.apply({ metadata: { name: 'a' }, data: { k: 'v' } }, 'one');
  const { object, isNoop } = fixture.apply({ metadata: { name: 'a' }, data: { k: 'v' } }, 'two');
  assert.equal(isNoop, true);
  assert.deepEqual(object.metadata.managedFields?.find((one) => one.manager === 'two'), { manager: 'two', operation: 'Apply', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: { 'f:data': { 'f:k': {} } } });
});

test('lists merge by key, and a manager\'s elements go when it stops applying them', () => {
  const fixture = deployment();
  const base = (containers: object[], rest: object = {}): object => ({ metadata: { name: 'd' }, spec: { template: { spec: { containers } }, ...rest } });
  fixture.apply(base([{ name: 'main', image: 'b' }], { selector: { matchLabels: { app: 'x' } } }), 'one');
  fixture.apply(base([{ name: 'side', image: 's' }]), 'two');
  assert.throws(() => fixture.apply(base([{ name: 'main', image: 'clash' }]), 'two'), conflictWith('Apply failed with 1 conflict: conflict with "one": .spec.template.spec.containers[name="main"].image'));
  fixture.apply(base([{ name: 'new', image: 'n' }, { name: 'main', image: 'c', env: [{ name: 'X', value: 'y' }] }], { selector: { matchLabels: { app: 'x' } } }), 'one');
  const containersOf = (): unknown => (fixture.live as unknown as { spec: { template: { spec: { containers: { name: string }[] } } } }).spec.template.spec.containers.map((one) => one.name);
  assert.deepEqual(containersOf(), ['new', 'main', 'side']);
  fixture.apply({ metadata: { name: 'd' } }, 'two');
  assert.deepEqual(containersOf(), ['new', 'main']);
});

test('the first apply finds what was there before', () => {
  const fixture = configMap();
  fixture.update({ metadata: { name: 'a' }, data: { k: 'v' } });
  const stored = fixture.live;
  assert.ok(stored);
  delete stored.metadata.managedFields;
  assert.throws(() => fixture.apply({ metadata: { name: 'a' }, data: { k: 'w' } }, 'one'), conflictWith('Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.k'));
});

test('kubectl may go on where its client-side apply stopped', () => {
  const fixture = configMap();
  const last = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { k: 'v' } });
  fixture.update({ metadata: { name: 'a', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': last } }, data: { k: 'v' } }, 'kubectl-client-side-apply');
  const { object } = fixture.apply({ metadata: { name: 'a' }, data: { k: 'w' } }, 'kubectl');
  assert.deepEqual((object as { data?: object }).data, { k: 'w' });
  assert.match(object.metadata.annotations?.['kubectl.kubernetes.io/last-applied-configuration'] ?? '', /"k":"w"/);
});

for (const { body, code, message } of [
  { body: { kind: 'Secret' }, code: 400, message: 'invalid object type: /v1, Kind=Secret' },
  { body: { metadata: { name: 'a', managedFields: [] } }, code: 400, message: 'metadata.managedFields must be nil' },
  { body: { metadata: { name: 'a' }, data: { k: 5 } }, code: 500, message: 'failed to create typed patch object (/a; /v1, Kind=ConfigMap): .data.k: expected string, got &value.valueUnstructured{Value:5}' },
  { body: { metadata: { name: 'c' }, unknown: true }, code: 500, message: 'failed to create typed patch object (/c; /v1, Kind=ConfigMap): .unknown: field not declared in schema' },
  { body: { metadata: { name: 'a', finalizers: ['x', 'x'] } }, code: 500, message: 'failed to create typed patch object (/a; /v1, Kind=ConfigMap): .metadata.finalizers: duplicate entries for key [="x"]' },
]) test(`an apply is refused: ${message.slice(0, 70)}`, () => assert.throws(() => configMap().apply(body, 'm'), (error: unknown) => StatusError.is(error) && error.code === code && error.message === message));
