/** What is wrong with objects of many kinds, in Kubernetes' words and order: one row a rule. Rules of pods, workloads and schemas have tests of their own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ObjectDecoder } from '../apimachinery/schema/decode.ts';
import { FieldErrors } from '../apimachinery/validation/field-errors.ts';
import type { KubeObject } from '../apimachinery/meta.ts';
import { kinds } from './kinds.ts';
import { schemas } from './schemas.ts';

const decoder = new ObjectDecoder(schemas);
const NAME_TEXT = "must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const SUBDOMAIN = `a lowercase RFC 1123 subdomain ${NAME_TEXT}`;
const LABEL = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

interface Row {
  readonly name: string;
  readonly kind: string;
  readonly object: Readonly<Record<string, unknown>>;
  /** For an update: what was there. */
  readonly old?: Readonly<Record<string, unknown>>;
  /** Spoken in the newer of two groups. */
  readonly newer?: boolean;
  /** Of an update of the status. */
  readonly status?: boolean;
  readonly faults: readonly string[];
}

function definition(kind: string): (typeof kinds)[number] {
  const found = kinds.find((one) => one.kind === kind);
  assert.ok(found, kind);
  return found;
}

function decoded(kind: string, fields: Readonly<Record<string, unknown>>): KubeObject {
  const rules = definition(kind);
  const { object } = decoder.decode<KubeObject>(rules.versions[0]?.message ?? '', { metadata: { name: 'x' }, ...fields });
  rules.default?.(object as never);
  return object;
}

function faultsOf({ kind, object, old, status, newer }: Row): string[] {
  const errors = new FieldErrors();
  const rules = definition(kind);
  const now = decoded(kind, object) as never;
  const version = { group: newer ? (rules.versions[1]?.group ?? '') : rules.group, version: rules.versions[0]?.version ?? '' };
  if (status) rules.subresources.status?.validateUpdate?.(now, decoded(kind, old ?? object) as never, errors, { group: rules.group, version: rules.storageVersion });
  else rules.validate?.(now, errors, version);
  if (!old) rules.validateCreate?.(now, errors, version);
  else if (!status) rules.validateUpdate?.(now, decoded(kind, old) as never, errors, version);
  return errors.causes.map((cause) => `${cause.field}: ${cause.message}`);
}

const rules = [{ operations: ['CREATE'], apiGroups: ['a.example'], apiVersions: ['v1'], resources: ['things'] }];
const hook = (fields: object): Row['object'] => ({ webhooks: [{ name: 'a.example.com', admissionReviewVersions: ['v1'], sideEffects: 'None', clientConfig: { service: { namespace: 'a', name: 'b' } }, rules, ...fields }] });
const policy = (fields: object): Row['object'] => ({ spec: { matchConstraints: { resourceRules: rules }, validations: [{ expression: 'true' }], ...fields } });
const mutating = (fields: object): Row['object'] => ({ spec: { reinvocationPolicy: 'Never', matchConstraints: { resourceRules: rules }, mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: '[]' } }], ...fields } });
const ingress = (backend: object): Row['object'] => ({ spec: { defaultBackend: backend } });
const peers = (...cidrs: string[]): Row['object'] => ({ spec: { podSelector: {}, ingress: [{ from: cidrs.map((cidr) => ({ ipBlock: { cidr } })) }] } });
const https = '; desired format: https://host[/path]';

const jobTemplate = { spec: { restartPolicy: 'OnFailure', containers: [{ name: 'c', image: 'i' }] } };

const ROWS: readonly Row[] = [
  { name: 'schedules, zones and policies of cron jobs in their order', kind: 'CronJob', object: { spec: { schedule: 'TZ=UTC x', timeZone: 'y', concurrencyPolicy: 'Z', jobTemplate: { spec: { template: jobTemplate } } } }, faults: [
    'spec.schedule: Invalid value: "TZ=UTC x": expected exactly 5 fields, found 1: [x]', 'spec.schedule: Invalid value: "TZ=UTC x": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
    'spec.timeZone: Invalid value: "y": unknown time zone y', 'spec.concurrencyPolicy: Unsupported value: "Z": supported values: "Allow", "Forbid", "Replace"',
  ] },
  { name: 'claims of a stateful set without metadata', kind: 'StatefulSet', object: { spec: { selector: { matchLabels: { b: 'x', a: 'y' } }, template: { metadata: { labels: { b: 'x', a: 'z' } }, spec: jobTemplate.spec }, volumeClaimTemplates: [{ spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }] } }, faults: [
    'spec.template.metadata.labels: Invalid value: {"a":"z","b":"x"}: `selector` does not match template `labels`', 'spec.template.spec.volumes[0].persistentVolumeClaim.claimName: Required value', 'spec.template.spec.volumes[0].name: Required value',
    'spec.template.spec.restartPolicy: Unsupported value: "OnFailure": supported values: "Always"',
  ] },
  { name: 'hints of endpoints for nodes', kind: 'EndpointSlice', object: { addressType: 'IPv4', endpoints: [{ addresses: ['192.0.2.1'], hints: { forNodes: [{ name: 'B_' }, { name: 'n' }, { name: 'n' }] } }] }, faults: [
    `endpoints[0].hints.forNodes[0].name: Invalid value: "B_": ${SUBDOMAIN}`, 'endpoints[0].hints.forNodes[2].name: Duplicate value: "n"',
  ] },
  { name: 'a path of an ingress whose type is empty', kind: 'Ingress', object: { spec: { rules: [{ http: { paths: [{ path: '/', pathType: '', backend: { service: { name: 's', port: { number: 1 } } } }] } }] } }, faults: [
    'spec.rules[0].http.paths[0].pathType: Unsupported value: "": supported values: "Exact", "ImplementationSpecific", "Prefix"',
  ] },
  { name: 'hosts of an ingress that parsers of addresses may read', kind: 'Ingress', object: { spec: { rules: [{ host: '010.0.0.1' }, { host: 'fe80::1%eth0' }] } }, faults: [
    'spec.rules[0].host: Invalid value: "010.0.0.1": must be a DNS name, not an IP address', `spec.rules[1].host: Invalid value: "fe80::1%eth0": ${SUBDOMAIN}`,
  ] },
  { name: 'what is told of a policy', kind: 'ValidatingAdmissionPolicy', status: true, object: { status: { typeChecking: { expressionWarnings: [{ fieldRef: ' ', warning: '' }, { fieldRef: 'spec.a[0', warning: 'w' }] }, conditions: [{ type: 'A', status: 'X', reason: 'R', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' }] } }, faults: [
    'status.typeChecking.expressionWarnings[0].warning: Required value', 'status.typeChecking.expressionWarnings[0].fieldRef: Required value',
    'status.typeChecking.expressionWarnings[1].fieldRef: Invalid value: "spec.a[0": invalid JSONPath: unterminated array',
    'status.conditions[0].status: Unsupported value: "X": supported values: "False", "True", "Unknown"',
  ] },
  { name: 'what a driver calls a node', kind: 'CSINode', object: { spec: { drivers: [{ name: 'a.b', nodeID: 'n'.repeat(256) }, { name: 'c.d', nodeID: 'n'.repeat(257) }] } }, faults: [`spec.drivers[1].nodeID: Invalid value: "${'n'.repeat(257)}": must be 256 characters or less`] },
  { name: 'a resource behind an ingress without group', kind: 'Ingress', object: ingress({ resource: { kind: '', name: 'n' } }), faults: ['spec.defaultBackend.resource.kind: Required value: kind is required'] },
  { name: 'a signing request without request', kind: 'CertificateSigningRequest', object: { spec: { signerName: 'a.b/c', usages: ['any'] } }, faults: ['spec.request: Invalid value: null: PEM block type must be CERTIFICATE REQUEST'] },
  { name: 'a volume without capacity', kind: 'PersistentVolume', object: { spec: { accessModes: ['ReadWriteOnce'], hostPath: { path: '/x' } } }, faults: ['spec.capacity: Required value', 'spec.capacity: Unsupported value: null: supported values: "storage"'] },
  { name: 'another parent of an address', kind: 'IPAddress', old: { metadata: { name: '192.0.2.1' }, spec: { parentRef: { resource: 'services', name: 'a' } } }, object: { metadata: { name: '192.0.2.1' }, spec: { parentRef: { resource: 'services', name: 'b' } } }, faults: [
    'spec.parentRef: Invalid value: {"Group":"","Resource":"services","Namespace":"","Name":"b"}: field is immutable',
  ] },
  { name: 'another controller of an ingress class', kind: 'IngressClass', old: { spec: { controller: 'a.b/c' } }, object: { spec: {} }, faults: ['spec.controller: Required value', 'spec.controller: Invalid value: "": field is immutable'] },
  { name: 'other devices of a claim', kind: 'ResourceClaim', old: { spec: {} }, object: { spec: { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'a.b', selectors: [{ cel: { expression: 'true' } }] } }] } } }, faults: [
    'spec: Invalid value: {"Devices":{"Requests":[{"Name":"r","Exactly":{"DeviceClassName":"a.b","Selectors":[{"CEL":{"Expression":"true"}}],"AllocationMode":"ExactCount","Count":1,"AdminAccess":null,"Tolerations":null,"Capacity":null},"FirstAvailable":null}],"Constraints":null,"Config":null}}: field is immutable',
  ] },
  { name: 'an event of the newer group that is about something else', kind: 'Event', newer: true, old: { metadata: { namespace: 'default' }, involvedObject: { kind: 'Pod', name: 'a' }, reason: 'A' }, object: { metadata: { namespace: 'default' }, involvedObject: { kind: 'Pod', name: 'b' }, source: { host: 'h' } }, faults: [
    'involvedObject: Invalid value: {"Kind":"Pod","Namespace":"","Name":"b","UID":"","APIVersion":"","ResourceVersion":"","FieldPath":""}: field is immutable', 'reason: Invalid value: "": field is immutable',
    'source: Invalid value: {"Component":"","Host":"h"}: field is immutable', 'reason: Invalid value: "": field is immutable',
  ] },
  { name: 'overhead and tolerations are those of pods', kind: 'RuntimeClass', object: { handler: 'h', overhead: { podFixed: { bogus: '1' } }, scheduling: { tolerations: [{ key: 'k', operator: 'Exists' }, { key: 'k', operator: 'Exists' }] } }, faults: [
    'overhead.limits[bogus]: Invalid value: "bogus": must be a standard resource type or fully qualified', 'overhead.limits[bogus]: Invalid value: "bogus": must be a standard resource for containers',
    'scheduling.tolerations[1]: Duplicate value: {"Key":"k","Operator":"Exists","Value":"","Effect":"","TolerationSeconds":null}',
  ] },
  { name: 'spellings of blocks that parsers read differently', kind: 'NetworkPolicy', object: peers('010.0.0.0/8', '10.0.0.1/8', '::ffff:1.2.3.4/128', '2001:DB8::/32', 'x'), faults: [
    'spec.ingress[0].from[0].ipBlock.cidr: Invalid value: "010.0.0.0/8": must not have leading 0s in IP or prefix length',
    'spec.ingress[0].from[1].ipBlock.cidr: Invalid value: "10.0.0.1/8": must not have bits set beyond the prefix length',
    'spec.ingress[0].from[2].ipBlock.cidr: Invalid value: "::ffff:1.2.3.4/128": must not have an IPv4-mapped IPv6 address',
    'spec.ingress[0].from[4].ipBlock.cidr: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
  ] },
  { name: 'a name that is no canonical block', kind: 'ServiceCIDR', object: { spec: { cidrs: ['2001:DB8::/64'] } }, faults: ['spec.cidrs[0]: Invalid value: "2001:DB8::/64": must be in canonical form ("2001:db8::/64")'] },
  { name: 'another block', kind: 'ServiceCIDR', object: { spec: { cidrs: ['10.1.0.0/24'] } }, old: { spec: { cidrs: ['10.0.0.0/24'] } }, faults: ['spec.cidrs[0]: Invalid value: "10.1.0.0/24": field is immutable'] },
  { name: 'a second family', kind: 'ServiceCIDR', object: { spec: { cidrs: ['10.0.0.0/24', '2001:db8::/64'] } }, old: { spec: { cidrs: ['10.0.0.0/24'] } }, faults: [] },
  { name: 'a second family that is none', kind: 'ServiceCIDR', object: { spec: { cidrs: ['10.0.0.0/24', 'x'] } }, old: { spec: { cidrs: ['10.0.0.0/24'] } }, faults: ['spec.cidrs[1]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'] },
  { name: 'a family that goes', kind: 'ServiceCIDR', object: { spec: { cidrs: ['10.0.0.0/24'] } }, old: { spec: { cidrs: ['10.0.0.0/24', '2001:db8::/64'] } }, faults: ['spec.cidrs: Invalid value: ["10.0.0.0/24"]: field is immutable'] },
  { name: 'a service that begins with a digit', kind: 'Ingress', object: ingress({ service: { name: '1a', port: { number: 80 } } }), faults: [] },
  { name: 'a backend that is neither', kind: 'Ingress', object: ingress({}), faults: ['spec.defaultBackend: Invalid value: "": resource or service backend is required'] },
  { name: 'a controller with a bad host', kind: 'IngressClass', object: { spec: { controller: 'Bad_/x y' } }, faults: [
    `spec.controller: Invalid value: "Bad_": ${SUBDOMAIN}`,
    `spec.controller: Invalid value: "x y": Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')`,
  ] },
  { name: 'a name without a domain', kind: 'EndpointSlice', object: { addressType: 'FQDN', endpoints: [{ addresses: ['a', 'a.example.'] }] }, faults: ['endpoints[0].addresses[0]: Invalid value: "a": should be a domain with at least two segments separated by dots'] },
  { name: 'topologies twice, and one that says nothing', kind: 'StorageClass', object: { provisioner: 'a', allowedTopologies: [{ matchLabelExpressions: [{ key: 'z', values: ['a', 'b'] }] }, { matchLabelExpressions: [{ key: 'z', values: ['b', 'a'] }] }] },
    faults: ['allowedTopologies[1].matchLabelExpressions: Duplicate value: ""'] },
  { name: 'a driver of attributes', kind: 'VolumeAttributesClass', object: { driverName: 'Bad_/X', parameters: {} }, faults: [
    `driverName: Invalid value: "bad_/x": prefix part ${SUBDOMAIN}`, 'parameters: Required value: must contain at least one key/value pair',
  ] },
  { name: 'modes and audiences of a driver', kind: 'CSIDriver', object: { spec: { volumeLifecycleModes: ['X'], tokenRequests: [{ audience: 'a' }, { audience: 'a', expirationSeconds: 1 }, { audience: 'b', expirationSeconds: 1 }] } }, faults: [
    'spec.tokenRequests[1].audience: Duplicate value: "a"',
    'spec.tokenRequests[2].expirationSeconds: Invalid value: 1: may not specify a duration less than 10 minutes',
    'spec.volumeLifecycleModes: Unsupported value: "X": supported values: "Persistent", "Ephemeral"',
  ] },
  { name: 'what a driver said of a node', kind: 'CSINode', object: { spec: { drivers: [{ name: 'a', nodeID: 'y' }] } }, old: { spec: { drivers: [{ name: 'a', nodeID: 'x', allocatable: { count: 1 } }] } },
    faults: ['spec.drivers: Invalid value: {"Name":"a","NodeID":"y","TopologyKeys":null,"Allocatable":null}: field is immutable'] },
  { name: 'no name of a volume', kind: 'VolumeAttachment', object: { spec: { attacher: 'a', nodeName: 'n', source: { persistentVolumeName: '' } } }, faults: [
    'spec.source.persistentVolumeName: Required value: must specify non empty persistentVolumeName', `spec.source.persistentVolumeName: Invalid value: "": ${SUBDOMAIN}`,
  ] },
  { name: 'an inline volume', kind: 'VolumeAttachment', object: { spec: { attacher: 'a', nodeName: 'n', source: { inlineVolumeSpec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1' }, hostPath: { path: '/a' } } } } }, faults: [
    'spec.source.inlineVolumeSpec.capacity: Forbidden: may not be specified in the context of inline volumes', 'spec.source.inlineVolumeSpec.csi: Required value: has to be specified in the context of inline volumes',
  ] },
  { name: 'an error with a negative code', kind: 'VolumeAttachment', status: true, object: { spec: { attacher: 'a', nodeName: 'n', source: { persistentVolumeName: 'pv' } }, status: { attached: false, attachError: { errorCode: -1 } } },
    faults: ['status.attachError.errorCode: Invalid value: -1: must be between 0 and 2147483647, inclusive'] },
  { name: 'conditions twice', kind: 'FlowSchema', status: true, object: { spec: { priorityLevelConfiguration: { name: 'x' } }, status: { conditions: [{ type: 'A' }, { type: 'A' }, {}] } }, faults: [
    'status.conditions[1].type: Duplicate value: "A"', 'status.conditions[2].type: Required value: must not be empty',
  ] },
  { name: 'a signer with bad labels', kind: 'CertificateSigningRequest', object: { spec: { request: 'eA==', signerName: 'a_.b/C', usages: ['client auth'] } }, faults: [
    'spec.request: Invalid value: "eA==": PEM block type must be CERTIFICATE REQUEST',
    `spec.signerName: Invalid value: "a_.b": validating label "a_": ${LABEL}`, `spec.signerName: Invalid value: "C": validating label "C": ${SUBDOMAIN}`,
  ] },
  { name: 'a webhook at no address', kind: 'ValidatingWebhookConfiguration', object: hook({ clientConfig: { url: 'nothing' } }), faults: [
    `webhooks[0].clientConfig.url: Invalid value: "": 'https' is the only allowed URL scheme${https}`, `webhooks[0].clientConfig.url: Invalid value: "": host must be specified${https}`,
  ] },
  { name: 'a webhook with too much of an address', kind: 'MutatingWebhookConfiguration', object: hook({ clientConfig: { url: 'http://u:p@a.example/x?q=1#f' } }), faults: [
    `webhooks[0].clientConfig.url: Invalid value: "http": 'https' is the only allowed URL scheme${https}`,
    'webhooks[0].clientConfig.url: Invalid value: "u:p": user information is not permitted in the URL',
    'webhooks[0].clientConfig.url: Invalid value: "f": fragments are not permitted in the URL',
    'webhooks[0].clientConfig.url: Invalid value: "q=1": query parameters are not permitted in the URL',
  ] },
  { name: 'a webhook with an address that cannot be read', kind: 'MutatingWebhookConfiguration', object: hook({ clientConfig: { url: '://a' } }), faults: [`webhooks[0].clientConfig.url: Required value: url must be a valid URL: parse "://a": missing protocol scheme${https}`] },
  { name: 'names of resources under wildcards', kind: 'ValidatingWebhookConfiguration', object: hook({ rules: [{ ...rules[0], resources: ['*', 'pods', 'a/*', 'a/b', '*/c', 'd/c', ''] }], admissionReviewVersions: ['v1', 'v1', 'X'] }), faults: [
    `webhooks[0].rules[0].resources[3]: Invalid value: "a/b": if 'a/*' is present, must not specify a/b`,
    `webhooks[0].rules[0].resources[5]: Invalid value: "d/c": if '*/c' is present, must not specify d/c`,
    'webhooks[0].rules[0].resources[6]: Required value',
    `webhooks[0].rules[0].resources: Invalid value: ["*","pods","a/*","a/b","*/c","d/c",""]: if '*' is present, must not specify other resources without subresources`,
    'webhooks[0].admissionReviewVersions[1]: Invalid value: "v1": duplicate version',
    `webhooks[0].admissionReviewVersions[2]: Invalid value: "X": a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')`,
  ] },
  { name: 'names, reasons and messages of a policy', kind: 'ValidatingAdmissionPolicy', object: policy({
    paramKind: { apiVersion: 'a.example/', kind: 'X' }, variables: [{ name: 'in', expression: '1' }], validations: [{ expression: 'true', message: 'a\nb', reason: 'Unauthorized' }, { expression: 'true', message: '  ' }],
    auditAnnotations: [{ key: 'a b', valueExpression: "'x'" }], matchConstraints: { resourceRules: [{ ...rules[0], resourceNames: ['a/b', 'c', 'c'] }] },
  }), faults: [
    'spec.paramKind.apiVersion: Invalid value: "a.example/": version must be specified',
    "spec.matchConstraints.resourceRules[0].resourceNames[0]: Invalid value: \"a/b\": may not contain '/'", 'spec.matchConstraints.resourceRules[0].resourceNames[2]: Duplicate value: "c"',
    'spec.variables[0].name: Invalid value: "in": must be a valid CEL identifier',
    'spec.validations[0].message: Invalid value: "a\\nb": must not contain line breaks',
    'spec.validations[0].reason: Unsupported value: "Unauthorized": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
    'spec.validations[1].message: Invalid value: "  ": must be non-empty if specified',
    `spec.auditAnnotations[0].key: Invalid value: "x/a b": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
  ] },
  { name: 'expressions of a policy that cannot be run, or end before they should', kind: 'ValidatingAdmissionPolicy', object: policy({ validations: [{ expression: "object.metadata.name.find('a(') != ''" }], auditAnnotations: [{ key: 'a', valueExpression: ' [1, ' }] }), faults: [
    'spec.validations[0].expression: Internal error: program instantiation failed: error parsing regexp: missing closing ): `a(`',
    `spec.auditAnnotations[0].valueExpression: Invalid value: " [1, ": compilation failed: ERROR: <input>:1:4: Syntax error: missing ']' at '<EOF>'\n | [1,\n | ...^`,
  ] },
  { name: 'what is deleted is not changed', kind: 'MutatingAdmissionPolicy', object: mutating({ matchConstraints: { resourceRules: [{ ...rules[0], operations: ['DELETE'] }] }, mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: ' ' }, applyConfiguration: { expression: 'Object{}' } }] }), faults: [
    'spec.matchConstraints.resourceRules.operations: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"',
    'spec.mutations[0].jsonPatch.expression: Required value', 'spec.mutations[0].applyConfiguration: Invalid value: "{applyConfiguration}": must not be specified when patchType is JSONPatch',
  ] },
  { name: 'parameters of a binding', kind: 'ValidatingAdmissionPolicyBinding', object: { spec: { policyName: 'p', validationActions: ['Deny'], paramRef: { name: 'A_', parameterNotFoundAction: 'X' }, matchResources: { matchPolicy: 'X' } } }, faults: [
    'spec.paramRef.parameterNotFoundAction: Unsupported value: "X": supported values: "Deny", "Allow"', 'spec.matchResources.matchPolicy: Unsupported value: "X": supported values: "Equivalent", "Exact"',
  ] },
];

for (const { kind, versions, group } of kinds) test(`${kind}: an object says what it is`, () => {
  for (const { message, version, group: own = group } of versions) {
    const apiVersion = own === '' ? version : `${own}/${version}`;
    const { object } = decoder.decode<KubeObject>(message, { apiVersion, kind, metadata: { name: 'x' } });
    assert.deepEqual([object.kind, object.apiVersion], [kind, apiVersion]);
  }
});

test('addresses in another spelling are warned of', () => {
  const rules = definition('NetworkPolicy');
  assert.deepEqual(rules.warnings?.(decoded('NetworkPolicy', peers('2001:DB8::/32')) as never, undefined), [
    'spec.ingress[0].from[0].ipBlock.cidr: IPv6 CIDR value "2001:DB8::/32" should be in RFC 5952 canonical format ("2001:db8::/32")',
  ]);
});

for (const row of ROWS) test(`${row.kind}: ${row.name}`, () => assert.deepEqual(faultsOf(row), row.faults));
