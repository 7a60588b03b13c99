/** What is wrong with devices and with claims of them, in Kubernetes' words and order. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ObjectDecoder } from '../../apimachinery/schema/decode.ts';
import { FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { kinds } from '../kinds.ts';
import { schemas } from '../schemas.ts';

type Fields = Readonly<Record<string, unknown>>;

interface Row {
  readonly name: string;
  readonly kind: string;
  readonly object: Fields;
  readonly old?: Fields;
  readonly status?: boolean;
  readonly faults: readonly string[];
}

const decoder = new ObjectDecoder(schemas);
const LABEL = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const IDENTIFIER = "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')";
const REFERENCE = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

function faultsOf({ kind, object, old, status }: Row): string[] {
  const rules = kinds.find((one) => one.kind === kind);
  assert.ok(rules);
  const decoded = (fields: Fields): never => {
    const { object: one } = decoder.decode<KubeObject>(rules.versions[0]?.message ?? '', { metadata: { name: 'x' }, ...fields });
    rules.default?.(one as never);
    return one as never;
  };
  const errors = new FieldErrors();
  const version = { group: rules.group, version: 'v1' };
  if (status) rules.subresources.status?.validateUpdate?.(decoded(object), decoded(old ?? {}), errors, { group: rules.group, version: rules.storageVersion });
  else if (old) rules.validateUpdate?.(decoded(object), decoded(old), errors, version);
  else {
    rules.validate?.(decoded(object), errors, version);
    rules.validateCreate?.(decoded(object), errors, version);
  }
  return errors.causes.map((cause) => `${cause.field}: ${cause.message}`);
}

const exactly = { deviceClassName: 'a.example' };
const claim = (fields: object, ...requests: object[]): Fields => ({ spec: { devices: { requests: requests.length > 0 ? requests : [{ name: 'r', exactly }], ...fields } } });
const slice = (fields: object): Fields => ({ spec: { driver: 'a.example', nodeName: 'n', pool: { name: 'p', generation: 1, resourceSliceCount: 1 }, ...fields } });
const device = (fields: object): Fields => slice({ devices: [{ name: 'd', ...fields }] });
const capacity = (requestPolicy: object): Fields => device({ allowMultipleAllocations: true, capacity: { memory: { value: '10Gi', requestPolicy } } });
const result = { request: 'r', driver: 'a.example', pool: 'p', device: 'd' };
const status = (fields: object, spec: Fields = claim({})): Fields => ({ ...spec, status: fields });
const CAPACITY = 'spec.devices[0].capacity[memory].requestPolicy';

const ROWS: readonly Row[] = [
  { name: 'requests are of one kind', kind: 'ResourceClaim', object: claim({}, { name: '', exactly, firstAvailable: [{ name: 's', deviceClassName: 'a' }] }, { name: 'A' }), faults: [
    `spec.devices.requests[0].name: Invalid value: "": ${LABEL}`,
    'spec.devices.requests[0]: Invalid value: null: exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set',
    `spec.devices.requests[1].name: Invalid value: "A": ${LABEL}`,
    'spec.devices.requests[1]: Required value: exactly one of `exactly` or `firstAvailable` is required',
  ] },
  { name: 'modes, selectors and tolerations', kind: 'ResourceClaim', object: claim({}, { name: 'r', exactly: { deviceClassName: '', allocationMode: 'All', count: 2, selectors: [{}], tolerations: [{ operator: 'Exists', value: 'v' }, { key: 'k', operator: 'X', effect: 'Y' }] } }), faults: [
    'spec.devices.requests[0].exactly.deviceClassName: Required value', 'spec.devices.requests[0].exactly.selectors[0].cel: Required value',
    "spec.devices.requests[0].exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'",
    'spec.devices.requests[0].exactly.tolerations[0].value: Invalid value: "v": must be empty for operator `Exists`',
    'spec.devices.requests[0].exactly.tolerations[1].operator: Unsupported value: "X": supported values: "Equal", "Exists"',
    'spec.devices.requests[0].exactly.tolerations[1].effect: Unsupported value: "Y": supported values: "NoExecute", "NoSchedule", "None"',
  ] },
  { name: 'too many of them, and nothing more is said', kind: 'ResourceClaim', object: claim({}, ...Array.from({ length: 33 }, () => ({ name: 'A' }))), faults: ['spec.devices.requests: Too many: 33: must have at most 32 items'] },
  { name: 'constraints and configuration', kind: 'ResourceClaim', object: claim({ constraints: [{ requests: ['r', 'r', 'r/s', 'a/b/c'] }, { matchAttribute: '/1' }], config: [{}, { opaque: { driver: '', parameters: [] } }] }), faults: [
    `spec.devices.constraints[0].requests[2]: Invalid value: "r/s": ${REFERENCE}`, `spec.devices.constraints[0].requests[3]: Invalid value: "a/b/c": ${REFERENCE}`,
    'spec.devices.constraints[0].requests[1]: Duplicate value: "r"',
    'spec.devices.constraints[0]: Required value: exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set',
    'spec.devices.constraints[1].matchAttribute: Invalid value: "": the domain must not be empty', `spec.devices.constraints[1].matchAttribute: Invalid value: "1": ${IDENTIFIER}`,
    'spec.devices.config[0].opaque: Required value', 'spec.devices.config[1].opaque.driver: Required value',
    'spec.devices.config[1].opaque.parameters: Invalid value: "<value omitted>": must be a valid JSON object',
  ] },
  { name: 'changes, of which only that is said', kind: 'ResourceClaim', object: claim({}, { name: 'A' }), old: claim({}), faults: ['spec: Invalid value: {"Devices":{"Requests":[{"Name":"A","Exactly":null,"FirstAvailable":null}],"Constraints":null,"Config":null}}: field is immutable'] },
  { name: 'metadata of what is made of it', kind: 'ResourceClaimTemplate', object: { spec: { metadata: { name: 'n', labels: { a: 'b' } }, ...claim({}) } }, faults: ['spec.metadata.name: Forbidden: cannot be set'] },
  { name: 'reserved without devices', kind: 'ResourceClaim', status: true, object: status({ reservedFor: [{ resource: 'pods', name: 'a', uid: 'u' }, { resource: '', name: '', uid: 'u' }] }), faults: [
    'status.reservedFor[1].resource: Required value', 'status.reservedFor[1].name: Required value', 'status.reservedFor[1]: Duplicate value: "u"',
    'status.reservedFor: Forbidden: may not be specified when `allocated` is not set',
  ] },
  { name: 'allocated devices', kind: 'ResourceClaim', status: true, object: status({ allocation: { devices: { results: [{ ...result, request: 'x', shareID: 'ABC' }], config: [{ source: 'X', opaque: { driver: 'a', parameters: {} } }] } }, devices: [{ driver: 'a.example', pool: 'p', device: 'other', networkData: { ips: ['10.0.0.1', '2001:DB8::1/64'] } }] }), faults: [
    'status.devices[0]: Invalid value: {"Driver":{},"Pool":{},"Device":{},"ShareID":{}}: must be an allocated device in the claim',
    'status.devices[0].networkData.ips[0]: Invalid value: "10.0.0.1": must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)',
    'status.devices[0].networkData.ips[1]: Invalid value: "2001:DB8::1/64": must be in canonical form ("2001:db8::1/64")',
    `status.allocation.devices.results[0].request: Invalid value: "x": ${REFERENCE}`,
    'status.allocation.devices.results[0].shareID: Invalid value: "ABC": error validating uid: invalid UUID length: 3',
    'status.allocation.devices.config[0].source: Unsupported value: "X": supported values: "FromClaim", "FromClass"',
  ] },
  { name: 'conditions of a device', kind: 'ResourceClaim', status: true, object: status({ allocation: { devices: { results: [result] } }, devices: [{ driver: 'a.example', pool: 'p', device: 'd', conditions: [{ type: 'A', status: 'Maybe', reason: 'a b', lastTransitionTime: null, message: '' }] }] }), faults: [
    'status.devices[0].conditions[0].status: Unsupported value: "Maybe": supported values: "False", "True", "Unknown"',
    'status.devices[0].conditions[0].lastTransitionTime: Required value: must be set',
    "status.devices[0].conditions[0].reason: Invalid value: \"a b\": a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?')",
  ] },
  { name: 'where its devices are', kind: 'ResourceSlice', object: slice({ nodeName: '', allNodes: false, nodeSelector: { nodeSelectorTerms: [] } }), faults: [
    'spec.nodeName: Invalid value: "": must be either unset or set to a non-empty string', 'spec.nodeSelector.nodeSelectorTerms: Required value: must have at least one node selector term',
    'spec.nodeSelector.nodeSelectorTerms: Invalid value: []: must have exactly one node selector term', 'spec.allNodes: Invalid value: false: must be either unset or set to true',
  ] },
  { name: 'attributes', kind: 'ResourceSlice', object: device({ attributes: { a: {}, 'b/c/d': { int: 1 }, e: { int: 1, bool: true }, f: { version: '1' } } }), faults: [
    'spec.devices[0].attributes[a]: Invalid value: "": exactly one value must be specified',
    'spec.devices[0].attributes[e]: Invalid value: {"IntValue":1,"BoolValue":true,"StringValue":null,"VersionValue":null,"IntValues":null,"BoolValues":null,"StringValues":null,"VersionValues":null}: exactly one value must be specified',
    'spec.devices[0].attributes[f].version: Invalid value: "1": must be a string compatible with semver.org spec 2.0.0',
  ] },
  { name: 'taints, counters and bindings', kind: 'ResourceSlice', object: device({ taints: [{ key: 'k', effect: 'X' }], consumesCounters: [{ counterSet: '', counters: {} }], bindingConditions: ['a', 'a'], nodeName: 'n' }), faults: [
    'spec.devices[0].taints[0].effect: Unsupported value: "X": supported values: "NoExecute", "NoSchedule", "None"',
    'spec.devices[0].consumesCounters[0].counterSet: Required value', 'spec.devices[0].consumesCounters[0].counters: Required value',
    'spec.devices[0]: Invalid value: null: `nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec',
    'spec.devices[0].bindingConditions[1]: Duplicate value: "a"', 'spec.devices[0].bindingFailureConditions: Invalid value: null: bindingFailureConditions are required to use bindingConditions',
  ] },
  { name: 'capacity that is not shared', kind: 'ResourceSlice', object: device({ capacity: { memory: { value: '1Gi', requestPolicy: {} } } }), faults: [`${CAPACITY}: Forbidden: allowMultipleAllocations must be true`] },
  { name: 'values that may be asked for', kind: 'ResourceSlice', object: capacity({ default: '3Gi', validValues: ['2Gi', '1Gi', '11Gi'] }), faults: [
    `${CAPACITY}.validValues[1]: Invalid value: "1Gi": values must be sorted in ascending order`, `${CAPACITY}.validValues[2]: Invalid value: "11Gi": option is larger than capacity value: 10Gi`,
    `${CAPACITY}.validValues: Invalid value: "3Gi": default value is not valid according to the requestPolicy`,
  ] },
  { name: 'a range that may be asked for', kind: 'ResourceSlice', object: capacity({ default: '3Gi', validRange: { min: '4Gi', max: '12Gi', step: '3Gi' } }), faults: [
    `${CAPACITY}.validRange.min: Invalid value: "3Gi": default is less than min: 4Gi`, `${CAPACITY}.validRange.max: Invalid value: "12Gi": max is larger than capacity value: 10Gi`,
    `${CAPACITY}.validRange.step: Invalid value: "3Gi": value is not a multiple of a given step (3Gi) from (4Gi)`, `${CAPACITY}.validRange.step: Invalid value: "12Gi": value is not a multiple of a given step (3Gi) from (4Gi)`,
  ] },
  { name: 'what stays', kind: 'ResourceSlice', object: slice({ driver: 'b.example', nodeName: 'm' }), old: slice({}), faults: ['spec.driver: Invalid value: "b.example": field is immutable', 'spec.nodeName: Invalid value: "m": field is immutable'] },
  { name: 'counters beside devices', kind: 'ResourceSlice', object: slice({ devices: [{ name: 'd' }], sharedCounters: [{ name: 'a', counters: { c: { value: '1' } } }, { name: 'a', counters: { C: { value: '1' } } }] }), faults: [
    'spec: Invalid value: "": only one of `sharedCounters` or `devices` is allowed', `spec.sharedCounters[1].counters[C]: Invalid value: "C": ${LABEL}`, 'spec.sharedCounters[1]: Duplicate value: "a"',
  ] },
  { name: 'selectors, configuration and the resource that it stands for', kind: 'DeviceClass', object: { spec: { selectors: [{}], config: [{ opaque: { driver: 'a_', parameters: null } }], extendedResourceName: 'cpu' } }, faults: [
    'spec.selectors[0].cel: Required value',
    "spec.config[0].opaque.driver: Invalid value: \"a_\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    'spec.config[0].opaque.parameters: Required value', 'spec.extendedResourceName: Invalid value: "cpu": must be a valid extended resource name',
  ] },
];

for (const row of ROWS) test(`${row.kind}: ${row.name}`, () => assert.deepEqual(faultsOf(row), row.faults));

test('taints are of when they were first seen', () => {
  const [slices, context] = [kinds.find((one) => one.kind === 'ResourceSlice'), { nowMs: 1500, version: 'v1', userName: '', userUid: '', userGroups: [], userExtra: {} }];
  const taints = [{ key: 'a', effect: 'None' }, { key: 'b', effect: 'None', timeAdded: '2020-01-01T00:00:00Z' }];
  const fields = (): KubeObject => ({ metadata: { name: 'x' }, ...structuredClone(device({ taints })) }) as unknown as KubeObject;
  const [made, changed] = [fields(), fields()];
  slices?.prepareForCreate?.(made, context);
  slices?.prepareForUpdate?.(changed, made, context);
  const expected = device({ taints: [{ ...taints[0], timeAdded: '1970-01-01T00:00:01Z' }, taints[1]] })['spec'];
  for (const one of [made, changed]) assert.deepEqual((one as unknown as Fields)['spec'], expected);
});

test('tolerations of what was allocated compare where they say nothing', () => {
  const claims = kinds.find((one) => one.kind === 'ResourceClaim');
  const tolerations = [{ key: 'a' }, { operator: 'Exists' }];
  claims?.default?.({ spec: { devices: {} }, status: { allocation: { devices: { results: [{ ...result, tolerations }, result] } } } } as never);
  assert.deepEqual(tolerations, [{ key: 'a', operator: 'Equal' }, { operator: 'Exists' }]);
});
