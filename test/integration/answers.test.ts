/** What the server says to single requests: one row a request, in order; later rows see what earlier ones wrote. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import type { IncomingMessage } from 'node:http';
import { after, before, test } from 'node:test';
import { ADMIN_TOKEN, startServerInProcess } from './support/server-in-process.ts';

interface Row {
  readonly name: string;
  /** `GET /api`. */
  readonly ask: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text goes as it is. */
  readonly body?: unknown;
  readonly status: number;
  /** Of a Status. */
  readonly message?: string;
  readonly warnings?: readonly string[];
}

const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
let running: Awaited<ReturnType<typeof startServerInProcess>>;

before(async () => {
  running = await startServerInProcess();
});

after(async () => {
  agent.destroy();
  await running[Symbol.asyncDispose]();
});

async function answer({ ask, headers = {}, body }: Row): Promise<{ status: number | undefined; message: string | undefined; warnings: string[] }> {
  const [method = '', path = ''] = ask.split(' ');
  const payload = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  const sent = request({ host: '127.0.0.1', port: running.server.port, method, path, agent, headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload), ...headers } });
  sent.end(payload);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const { message } = JSON.parse(await text(response)) as { message?: string };
  const warnings = [response.headers['warning'] ?? []].flat().flatMap((header) => header.split(/, (?=299 )/)).map((one) => one.slice('299 - "'.length, -1).replaceAll('\\"', '"'));
  return { status: response.statusCode, message, warnings };
}

const DEVICES = '/apis/resource.k8s.io/v1';
const adminClaim = { metadata: { name: 'admin' }, spec: { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'a.example', adminAccess: true } }] } } };
const apply = { 'content-type': 'application/apply-patch+yaml' };

const MERGE = { 'content-type': 'application/merge-patch+json' };
const JSON_PATCH = { 'content-type': 'application/json-patch+json' };
const STRATEGIC = { 'content-type': 'application/strategic-merge-patch+json' };
const REVIEWS = '/apis/authorization.k8s.io/v1';
const LABEL_VALUE = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const POD = { verb: 'get', resource: 'pods' };
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
const THINGS = '/apis/a.example/v2/namespaces/default/things';
const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const specOf = (field: string): object => ({ openAPIV3Schema: { ...open, properties: { spec: { ...open, properties: { [field]: { type: 'string' } } } } } });
const DEFINITION = { metadata: { name: 'things.a.example' }, spec: { group: 'a.example', scope: 'Namespaced', names: { plural: 'things', kind: 'Thing' }, versions: [
  { name: 'v1', served: true, storage: false, deprecated: true, schema: specOf('a'), selectableFields: [{ jsonPath: '.spec.a' }] },
  { name: 'v2', served: true, storage: true, schema: specOf('name'), selectableFields: [{ jsonPath: '.spec.name' }], subresources: { scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' } } },
] } };
const MAPS = '/api/v1/namespaces/default/configmaps';
const token = (fields: object): string => Buffer.from(JSON.stringify(fields)).toString('base64url');
const OWNER = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' };
const MAP = '/api/v1/namespaces/default/configmaps/map';

const ROWS: readonly Row[] = [
  { name: 'fields of kinds that have none', ask: 'GET /api/v1/persistentvolumes?fieldSelector=spec.x%3Da', status: 400, message: '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"' },
  { name: 'fields of jobs', ask: 'GET /apis/batch/v1/jobs?fieldSelector=spec.x%3Da', status: 400, message: 'field label "spec.x" not supported for batchv1.Job' },
  { name: 'fields of slices', ask: `GET ${DEVICES}/resourceslices?fieldSelector=spec.x%3Da`, status: 400, message: 'field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: spec.x' },
  { name: 'a namespace of what is in none', ask: 'GET /api/v1/persistentvolumes?fieldSelector=metadata.namespace%3Da', status: 200 },
  { name: 'devices in use, in a namespace without the label', ask: `POST ${DEVICES}/namespaces/default/resourceclaims`, body: adminClaim, status: 422, message: 'ResourceClaim.resource.k8s.io "admin" is invalid: spec.devices.requests[0].adminAccess: Forbidden: admin access to devices requires the `resource.kubernetes.io/admin-access: true` label on the containing namespace' },
  { name: 'a namespace with the label', ask: 'POST /api/v1/namespaces', body: { metadata: { name: 'admins', labels: { 'resource.kubernetes.io/admin-access': 'true' } } }, status: 201 },
  { name: 'devices in use, in a namespace with the label', ask: `POST ${DEVICES}/namespaces/admins/resourceclaims`, body: adminClaim, status: 201 },
  { name: 'a list is no configuration', ask: 'PATCH /api/v1/namespaces/default/configmaps/a?fieldManager=m', headers: apply, body: '[]', status: 400, message: 'error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}' },
  { name: 'nor is a text', ask: 'PATCH /api/v1/namespaces/default/configmaps/a?fieldManager=m', headers: apply, body: '"a"', status: 400, message: 'error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go value of type map[string]interface {}' },
  { name: 'a class of pods without a name', ask: 'POST /apis/scheduling.k8s.io/v1/priorityclasses', body: { value: 1 }, status: 422, message: 'PriorityClass.scheduling.k8s.io "" is invalid: metadata.name: Required value: name or generateName is required' },
  { name: 'an event without a name', ask: 'POST /apis/events.k8s.io/v1/namespaces/default/events', body: { type: 'Normal' }, status: 422, message: 'Event "" is invalid: [metadata.name: Required value: name or generateName is required, eventTime: Required value]' },
  { name: 'a node that has no drivers', ask: 'POST /apis/storage.k8s.io/v1/csinodes', body: { metadata: { name: 'bare' }, spec: { drivers: null } }, status: 201 },
  { name: 'and gets none', ask: 'PATCH /apis/storage.k8s.io/v1/csinodes/bare', headers: MERGE, body: { spec: { drivers: null } }, status: 200 },
  { name: 'an object to patch', ask: 'POST /api/v1/namespaces/default/configmaps', body: { metadata: { name: 'map' } }, status: 201 },
  { name: 'what a merge patch says twice', ask: `PATCH ${MAP}?dryRun=All`, headers: MERGE, body: '{"data":{"a":"1","a":"2"},"bogus":1}', status: 200, warnings: ['duplicate field "data.a"', 'unknown field "bogus"'] },
  { name: 'refused', ask: `PATCH ${MAP}?fieldValidation=Strict`, headers: MERGE, body: '{"data":{"a":"1","a":"2"}}', status: 422, message: ' "" is invalid: patch: Invalid value: "{\\"data\\":{\\"a\\":\\"1\\",\\"a\\":\\"2\\"}}": strict decoding error: duplicate field "data.a"' },
  { name: 'ignored', ask: `PATCH ${MAP}?dryRun=All&fieldValidation=Ignore`, headers: MERGE, body: '{"data":{"a":"1","a":"2"},"bogus":1}', status: 200 },
  { name: 'unknown parts of operations', ask: `PATCH ${MAP}?dryRun=All`, headers: JSON_PATCH, body: '[{"op":"test","path":"/kind","value":"ConfigMap","vaule":1,"op":"test"}]', status: 200, warnings: ['json patch unknown field "[0].vaule"', 'json patch duplicate field "[0].op"'] },
  { name: 'operations that are no texts', ask: `PATCH ${MAP}`, headers: JSON_PATCH, body: [{ op: 5, path: '/kind' }], status: 400, message: 'error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.op of type string' },
  { name: 'a strategic merge patch that says something twice', ask: `PATCH ${MAP}?fieldValidation=Strict`, headers: STRATEGIC, body: '{"data":{"a":"1","a":"2"}}', status: 422, message: ' "" is invalid: patch: Invalid value: "map[data:map[a:2]]": strict decoding error: duplicate field "data.a"' },
  { name: 'a strategic merge patch that says another kind and version', ask: `PATCH ${MAP}`, headers: STRATEGIC, body: { apiVersion: 'v9', kind: 'Other', data: { k: 'v' } }, status: 200 },
  { name: 'a strategic merge patch whose kind is no text', ask: `PATCH ${MAP}`, headers: STRATEGIC, body: { kind: 5 }, status: 422, message: ' "" is invalid: patch: Invalid value: "map[kind:5]": unrecognized type: string' },
  { name: 'a merge patch without a kind', ask: `PATCH ${MAP}`, headers: MERGE, body: { kind: null }, status: 200 },
  { name: 'a merge patch without a version', ask: `PATCH ${MAP}`, headers: MERGE, body: { apiVersion: null }, status: 400, message: 'the name of the object (map based on URL) was undeterminable: name must be provided', warnings: ['unknown field "data"', 'unknown field "metadata"'] },
  ...(['POST', 'PUT', 'PATCH'] as const).map((method): Row => ({
    name: `owners that stand twice, by ${method}`, ask: `${method} ${method === 'POST' ? MAPS : `${MAPS}/owned`}`, ...(method === 'PATCH' && { headers: MERGE }),
    body: { metadata: { name: 'owned', ownerReferences: [OWNER, { ...OWNER, controller: true }, OWNER] } }, status: method === 'POST' ? 201 : 200,
    warnings: [`.metadata.ownerReferences contains duplicate entries${method === 'PATCH' ? ' after mutating admission happens' : ''}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: u`],
  })),
  { name: 'owners that stand twice are gone', ask: `PATCH ${MAPS}/owned`, headers: JSON_PATCH, body: [{ op: 'test', path: '/metadata/ownerReferences', value: [OWNER, { ...OWNER, controller: true }] }], status: 200 },
  { name: 'options of a deletion that are of another kind', ask: `DELETE ${MAP}`, body: { kind: 'Pod' }, status: 400, message: 'no kind "Pod" is registered for version "meta.k8s.io/v1" in scheme "k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27"' },
  { name: 'a strategic merge patch of null', ask: `PATCH ${MAP}`, headers: STRATEGIC, body: 'null', status: 200 },
  { name: 'a body that is no object', ask: 'POST /api/v1/namespaces/default/configmaps', body: '[]', status: 400, message: `the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" } (5b5d)` },
  { name: 'a body that breaks off', ask: 'POST /api/v1/namespaces/default/configmaps', body: '{"metadata":{"name":"a"', status: 400, message: `the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: unexpected end of JSON input ({"metadata":{"name":"a")` },
  { name: 'a kind that is no text', ask: 'POST /api/v1/namespaces/default/configmaps', body: { kind: 5 }, status: 400, message: `the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string ({"kind":5})` },
  { name: 'a kind that there is not', ask: 'POST /api/v1/namespaces/default/configmaps', body: { apiVersion: 'v1', kind: 'Foo' }, status: 400, message: 'Foo in version "v1" cannot be handled as a ConfigMap: no kind "Foo" is registered for version "v1" in scheme "pkg/api/legacyscheme/scheme.go:30"' },
  { name: 'a version that there is not', ask: 'POST /api/v1/namespaces/default/configmaps', body: { apiVersion: 'apps/v1', kind: 'ConfigMap' }, status: 400, message: 'ConfigMap in version "v1" cannot be handled as a ConfigMap: no kind "ConfigMap" is registered for version "apps/v1" in scheme "pkg/api/legacyscheme/scheme.go:30"' },
  { name: 'a version that is not served any more', ask: 'POST /apis/apps/v1/namespaces/default/deployments', body: { apiVersion: 'apps/v1beta1', kind: 'Deployment' }, status: 400, message: 'the API version in the data (apps/v1beta1) does not match the expected API version (apps/v1)' },
  ...[
    { ask: 'POST /apis/apiextensions.k8s.io/v1/customresourcedefinitions', kind: 'CustomResourceDefinition', group: 'apiextensions.k8s.io', scheme: 'k8s.io/apiextensions-apiserver/pkg/apiserver/apiserver.go:54' },
    { ask: 'POST /apis/apiregistration.k8s.io/v1/apiservices', kind: 'APIService', group: 'apiregistration.k8s.io', scheme: 'k8s.io/kube-aggregator/pkg/apiserver/scheme/scheme.go:32' },
  ].flatMap(({ ask, kind, group, scheme }): Row[] => [
    { name: `a pod as ${kind}`, ask, body: { apiVersion: 'v1', kind: 'Pod' }, status: 400, message: `Pod in version "v1" cannot be handled as a ${kind}: no kind "Pod" is registered for version "v1" in scheme "${scheme}"` },
    { name: `a version of ${kind} that there is not`, ask, body: { apiVersion: `${group}/v2`, kind }, status: 400, message: `${kind} in version "v2" cannot be handled as a ${kind}: no kind "${kind}" is registered for version "${group}/v2" in scheme "${scheme}"` },
    { name: `another group of ${kind}`, ask, body: { apiVersion: 'apps/v1', kind }, status: 400, message: `${kind} in version "v1" cannot be handled as a ${kind}: no kind "${kind}" is registered for version "apps/v1" in scheme "${scheme}"` },
    { name: `a version of ${kind} that is not served any more`, ask, body: { apiVersion: `${group}/v1beta1`, kind }, status: 400, message: `the API version in the data (${group}/v1beta1) does not match the expected API version (${group}/v1)` },
    { name: `a Status as ${kind}`, ask, body: { apiVersion: 'v1', kind: 'Status' }, status: 400, message: `Status in version "v1" cannot be handled as a ${kind}: converting (v1.Status) to (${group.split('.')[0] ?? ''}.${kind}): unknown conversion` },
  ]),
  { name: 'another kind', ask: 'POST /api/v1/namespaces/default/configmaps', body: { apiVersion: 'apps/v1', kind: 'Deployment' }, status: 400, message: 'Deployment in version "v1" cannot be handled as a ConfigMap: converting (v1.Deployment) to (core.ConfigMap): unknown conversion' },
  { name: 'a version with too many slashes', ask: 'POST /api/v1/namespaces/default/configmaps', body: { apiVersion: 'a/b/c' }, status: 400, message: 'the object provided is unrecognized (must be of type ConfigMap): unexpected GroupVersion string: a/b/c ({"apiVersion":"a/b/c"})' },
  { name: 'a body of null', ask: 'POST /api/v1/namespaces/default/configmaps', body: 'null', status: 422, message: 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required' },
  { name: 'options of a deletion that are a list', ask: `DELETE ${MAP}`, body: '[]', status: 400, message: `couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }` },
  { name: 'options of a deletion that break off', ask: `DELETE ${MAP}`, body: '{"a"', status: 400, message: "couldn't get version/kind; json parse error: unexpected end of JSON input" },
  { name: 'a propagation that is none', ask: `DELETE ${MAP}?propagationPolicy=x`, status: 422, message: 'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "x": supported values: "Foreground", "Background", "Orphan", "nil"' },
  { name: 'a timeout that is none', ask: `GET ${MAP}?timeout=abc`, status: 400, message: 'invalid timeout specified in the request URL - time: invalid duration "abc"' },
  { name: 'a timeout', ask: `GET ${MAP}?timeout=5s`, status: 200 },
  { name: 'a page token that is none', ask: `GET ${MAPS}?continue=!`, status: 400, message: 'invalid continue token: continue key is not valid: illegal base64 data at input byte 0' },
  { name: 'a page token of nothing that was ever JSON', ask: `GET ${MAPS}?continue=abcd`, status: 400, message: "invalid continue token: continue key is not valid: invalid character 'i' looking for beginning of value" },
  { name: 'a page token of another version', ask: `GET ${MAPS}?continue=${token({ v: 'v2' })}`, status: 400, message: 'invalid continue token: continue key is not valid: server does not recognize this encoded version v2' },
  { name: 'a page token that climbs', ask: `GET ${MAPS}?continue=${token({ v: 'meta.k8s.io/v1', rv: 1, start: '../a' })}`, status: 400, message: 'invalid continue token: continue key is not valid: ../a' },
  { name: 'a page token with a version', ask: `GET ${MAPS}?resourceVersion=5&continue=${token({ v: 'meta.k8s.io/v1', rv: 1, start: 'a' })}`, status: 400, message: 'specifying resource version is not allowed when using continue' },
  { name: 'discovery in a form that there is not', ask: 'GET /apis/apps/v1', headers: { accept: 'text/html' }, status: 406, message: '406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf' },
  { name: 'all groups in a form that there is not', ask: 'GET /apis', headers: { accept: 'text/html' }, status: 406, message: 'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf' },
  { name: 'the version in a form that there is not', ask: 'GET /version', headers: { accept: 'application/yaml' }, status: 406, message: '406: Not Acceptable\n\nAvailable representations: application/json' },
  { name: 'a body in protobuf that is none', ask: `POST ${MAPS}`, headers: { 'content-type': 'application/vnd.kubernetes.protobuf' }, body: 'xxxxx', status: 400, message: 'the object provided is unrecognized (must be of type ConfigMap): provided data does not appear to be a protobuf message, expected prefix [107 56 115 0] (7878787878)' },
  { name: 'an empty body in protobuf', ask: `POST ${MAPS}`, headers: { 'content-type': 'application/vnd.kubernetes.protobuf' }, status: 400, message: 'the object provided is unrecognized (must be of type ConfigMap): empty data (<empty>)' },
  { name: 'a review of two kinds of access', ask: `POST ${REVIEWS}/subjectaccessreviews`, body: { spec: { user: 'u', resourceAttributes: POD, nonResourceAttributes: { path: '/x', verb: 'get' } } }, status: 422, message: '.authorization.k8s.io "" is invalid: spec.nonResourceAttributes: Invalid value: {"Path":"/x","Verb":"get"}: cannot be specified in combination with resourceAttributes' },
  { name: 'a review by selectors', ask: `POST ${REVIEWS}/selfsubjectaccessreviews`, body: { spec: { resourceAttributes: { ...POD, fieldSelector: {}, labelSelector: { rawSelector: 'a=b', requirements: [{ key: 'a', operator: 'In' }] } } } }, status: 422, message: '.authorization.k8s.io "" is invalid: [spec.resourceAttributes.fieldSelector.requirements: Required value: when spec.resourceAttributes.fieldSelector is specified, requirements or rawSelector is required, spec.resourceAttributes.labelSelector.rawSelector: Invalid value: "a=b": may not specified at the same time as requirements, spec.resourceAttributes.labelSelector.requirements[0].values: Required value: must be specified when `operator` is \'In\' or \'NotIn\']' },
  { name: 'a review by a value that no label has', ask: `POST ${REVIEWS}/selfsubjectaccessreviews`, body: { spec: { resourceAttributes: { ...POD, labelSelector: { requirements: [{ key: 'a', operator: 'In', values: ['b', 'c d'] }] } } } }, status: 422, message: `.authorization.k8s.io "" is invalid: spec.resourceAttributes.labelSelector.requirements[0].values[1]: Invalid value: "c d": ${LABEL_VALUE}` },
  { name: 'a review for another namespace', ask: `POST ${REVIEWS}/namespaces/default/localsubjectaccessreviews`, body: { spec: { user: 'u', resourceAttributes: { ...POD, namespace: 'other' } } }, status: 422, message: '.authorization.k8s.io "" is invalid: spec.resourceAttributes.namespace: Invalid value: "other": must match metadata.namespace' },
  { name: 'a review of paths in a namespace', ask: `POST ${REVIEWS}/namespaces/default/localsubjectaccessreviews`, body: { spec: { user: 'u', nonResourceAttributes: { path: '/x' } } }, status: 422, message: '.authorization.k8s.io "" is invalid: spec.nonResourceAttributes: Invalid value: {"Path":"/x","Verb":""}: disallowed on this kind of request' },
  { name: 'a pod', ask: 'POST /api/v1/namespaces/default/serviceaccounts', body: { metadata: { name: 'default' } }, status: 201 },
  { name: 'its pod', ask: 'POST /api/v1/namespaces/default/pods', body: { metadata: { name: 'pod' }, spec: { containers: [{ name: 'c', image: 'i' }] } }, status: 201 },
  {
    name: 'a pod with a profile in an annotation, which is told of before all else', ask: 'POST /api/v1/namespaces/default/pods?dryRun=All', status: 201,
    body: { metadata: { name: 'armed', annotations: { 'container.apparmor.security.beta.kubernetes.io/c': 'unconfined' } }, spec: { containers: [{ name: 'c', image: 'i' }], nodeSelector: { 'beta.kubernetes.io/os': 'linux' } } },
    warnings: [
      'metadata.annotations[container.apparmor.security.beta.kubernetes.io/c]: deprecated since v1.30; use the "appArmorProfile" field instead',
      'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
    ],
  },
  { name: 'logs since two times', ask: 'GET /api/v1/namespaces/default/pods/pod/log?sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z', status: 422, message: 'PodLogOptions "pod" is invalid: []: Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified' },
  { name: 'logs since a time that is none', ask: 'GET /api/v1/namespaces/default/pods/pod/log?sinceTime=bad', status: 400, message: 'parsing time "bad" as "2006-01-02T15:04:05Z07:00": cannot parse "bad" as "2006"' },
  { name: 'more lines of logs than there are numbers', ask: 'GET /api/v1/namespaces/default/pods/pod/log?tailLines=9223372036854775808', status: 400, message: 'strconv.ParseInt: parsing "9223372036854775808": value out of range' },
  { name: 'a pod of two containers', ask: 'POST /api/v1/namespaces/default/pods', body: { metadata: { name: 'two' }, spec: { containers: [{ name: 'c', image: 'i' }, { name: 'd', image: 'i' }] } }, status: 201 },
  { name: 'a command in neither of them', ask: 'POST /api/v1/namespaces/default/pods/two/exec?command=x', status: 400, message: 'a container name must be specified for pod two, choose one of: [c d]' },
  { name: 'an eviction in another namespace', ask: 'POST /api/v1/namespaces/default/pods/pod/eviction', body: { metadata: { name: 'pod', namespace: 'other' } }, status: 400, message: 'the namespace of the provided object does not match the namespace sent on the request' },
  { name: 'an eviction with options that make no sense', ask: 'POST /api/v1/namespaces/default/pods/pod/eviction', body: { metadata: { name: 'pod' }, deleteOptions: { propagationPolicy: 'x' } }, status: 422, message: 'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "x": supported values: "Foreground", "Background", "Orphan", "nil"' },
  { name: 'a binding in another namespace', ask: 'POST /api/v1/namespaces/default/pods/pod/binding', body: { metadata: { name: 'pod', namespace: 'other' }, target: { kind: 'Node', name: 'n' } }, status: 400, message: 'the namespace of the provided object does not match the namespace sent on the request' },
  { name: 'a finalizer of a namespace that is none', ask: 'PUT /api/v1/namespaces/admins/finalize', body: { metadata: { name: 'admins' }, spec: { finalizers: ['bad'] } }, status: 422, message: 'Namespace "admins" is invalid: spec.finalizers[0]: Invalid value: "bad": name is neither a standard finalizer name nor is it fully qualified' },
  { name: 'YAML that says things twice', ask: `POST ${MAPS}?fieldValidation=Strict`, headers: { 'content-type': 'application/yaml' }, body: 'metadata:\n  name: yaml\n  what: 1\ndata:\n  a: "1"\n  a: "2"\ndata: {}\n', status: 400, message: 'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: yaml: unmarshal errors:\n  line 6: key "a" already set in map\n  line 7: key "data" already set in map, unknown field "metadata.what"' },
  { name: 'an applied configuration that says things twice', ask: `PATCH ${MAPS}/twice?fieldManager=m`, headers: { 'content-type': 'application/apply-patch+yaml' }, body: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: twice}\ndata:\n  a: "1"\n  a: "2"\ndata: {}\n', status: 201, warnings: ['line 6: key "a" already set in map', 'line 7: key "data" already set in map'] },
  { name: 'the same one when mistakes are ignored', ask: `PATCH ${MAPS}/twice?fieldManager=m&fieldValidation=Ignore`, headers: { 'content-type': 'application/apply-patch+yaml' }, body: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: twice}\ndata:\n  a: "1"\n  a: "2"\n', status: 200 },
  { name: 'a definition of two versions', ask: 'POST /apis/apiextensions.k8s.io/v1/customresourcedefinitions', body: DEFINITION, status: 201 },
  { name: 'an object of it', ask: `POST ${THINGS}`, body: { apiVersion: 'a.example/v2', kind: 'Thing', metadata: { name: 'thing' } }, status: 201 },
  { name: 'an object of it that does not say its version', ask: `POST ${THINGS}`, body: { kind: 'Thing', metadata: { name: 'x' } }, status: 400, message: 'the API version in the data () does not match the expected API version (a.example/v2)' },
  { name: 'nothing in its place', ask: `POST ${THINGS}`, body: ' null', status: 400, message: "the object provided is unrecognized (must be of type Thing): Object 'Kind' is missing in ' null' (206e756c6c)" },
  { name: 'an object of it in YAML that does not say its kind', ask: `POST ${THINGS}`, headers: { 'content-type': 'application/yaml' }, body: 'metadata:\n  name: x\n', status: 400, message: "the object provided is unrecognized (must be of type Thing): Object 'Kind' is missing in 'metadata:\n  name: x\n' (6d657461646174613a0a20206e616d653a20780a)" },
  { name: 'a patch to another version', ask: `PATCH ${THINGS}/thing`, headers: MERGE, body: { apiVersion: 'a.example/v1' }, status: 422, message: 'Thing.a.example "thing" is invalid: apiVersion: Invalid value: "a.example/v1": must be a.example/v2' },
  { name: 'a patch to another kind of another group', ask: `PATCH ${THINGS}/thing`, headers: MERGE, body: { apiVersion: 'v1', kind: 'Pod' }, status: 422, message: 'Pod "thing" is invalid: [kind: Invalid value: "Pod": must be Thing, apiVersion: Invalid value: "v1": must be a.example/v2]' },
  { name: 'its older version', ask: 'GET /apis/a.example/v1/namespaces/default/things/thing', status: 200, warnings: ['a.example/v1 Thing is deprecated; use a.example/v2 Thing'] },
  { name: 'a field of another version', ask: 'GET /apis/a.example/v1/namespaces/default/things?fieldSelector=spec.name%3Dx', status: 400, message: 'field label not supported: spec.name', warnings: ['a.example/v1 Thing is deprecated; use a.example/v2 Thing'] },
  { name: 'a field of a version', ask: `GET ${THINGS}?fieldSelector=spec.name%3Dx`, status: 200 },
  { name: 'a scale that a version has not', ask: 'GET /apis/a.example/v1/namespaces/default/things/thing/scale', status: 404, message: 'things.a.example "thing" not found' },
  { name: 'a scale of an object without replicas', ask: `GET ${THINGS}/thing/scale`, status: 500, message: 'Internal error occurred: the spec replicas field ".spec.replicas" does not exist' },
  { name: 'a scale below nothing', ask: `PATCH ${THINGS}/thing/scale`, headers: MERGE, body: { spec: { replicas: -1 } }, status: 422, message: 'Thing.a.example "thing" is invalid: .spec.replicas: Invalid value: -1: should be a non-negative integer' },
  { name: 'replicas by way of the scale', ask: `PATCH ${THINGS}/thing/scale`, headers: MERGE, body: { spec: { replicas: 2 } }, status: 200 },
  { name: 'an object of a definition without a version', ask: `PUT ${THINGS}/thing`, body: { apiVersion: 'a.example/v2', kind: 'Thing', metadata: { name: 'thing' } }, status: 422, message: 'things.a.example "thing" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update' },
  { name: 'an account whose secrets have no name', ask: 'POST /api/v1/namespaces/default/serviceaccounts', body: { metadata: { name: 'nameless' }, secrets: [{}] }, status: 201 },
  { name: 'a lease that is not there', ask: `PUT ${LEASES}/lease`, body: { metadata: { name: 'lease' } }, status: 201 },
  { name: 'a lease without a version', ask: `PUT ${LEASES}/lease`, body: { metadata: { name: 'lease' } }, status: 422, message: 'leases.coordination.k8s.io "lease" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update' },
  ...['api/v1/namespaces/default/limitranges', 'apis/node.k8s.io/v1/runtimeclasses'].map((list) => (
    { name: `one of ${list} that is not there`, ask: `PUT /${list}/new`, body: { metadata: { name: 'new' }, ...(list.endsWith('classes') ? { handler: 'h' } : list.endsWith('ranges') && { spec: { limits: [] } }) }, status: 201 }
  )),
  { name: 'an object that fits a schema', ask: `POST ${THINGS}`, body: { apiVersion: 'a.example/v2', kind: 'Thing', metadata: { name: 'plain' }, spec: {} }, status: 201 },
  { name: 'a stricter schema', ask: 'PATCH /apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.a.example', headers: JSON_PATCH, body: [{ op: 'add', path: '/spec/versions/1/schema/openAPIV3Schema/properties/spec/x-kubernetes-validations', value: [{ rule: 'has(self.name)', message: 'nameless' }] }], status: 200 },
  { name: 'an object that does not fit it any more', ask: `PATCH ${THINGS}/plain`, headers: MERGE, body: { metadata: { labels: { a: 'b' } } }, status: 200, warnings: ['spec: Invalid value: nameless'] },
  { name: 'one that has fields which no schema describes: nobody knows whether they have changed', ask: `PATCH ${THINGS}/thing`, headers: MERGE, body: { metadata: { labels: { a: 'b' } } }, status: 422, message: 'Thing.a.example "thing" is invalid: spec: Invalid value: nameless' },
];

test('OpenAPI in a form that there is not', async () => {
  const sent = request({ host: '127.0.0.1', port: running.server.port, path: '/openapi/v2', agent, headers: { authorization: `Bearer ${ADMIN_TOKEN}`, accept: 'text/html' } }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  assert.deepEqual([response.statusCode, await text(response)], [406, '']);
});

test('OpenAPI says what a deletion answers, of events by both their names', async () => {
  for (const { document, path } of [{ document: 'api/v1', path: '/api/v1/namespaces/{namespace}/events/{name}' }, { document: 'apis/events.k8s.io/v1', path: '/apis/events.k8s.io/v1/namespaces/{namespace}/events/{name}' }]) {
    const sent = request({ host: '127.0.0.1', port: running.server.port, path: `/openapi/v3/${document}`, agent, headers: { authorization: `Bearer ${ADMIN_TOKEN}` } }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    const { paths } = JSON.parse(await text(response)) as { paths: Record<string, { delete: { responses: Record<string, { content: Record<string, { schema: unknown }> }> } }> };
    assert.deepEqual(paths[path]?.delete.responses['200']?.content['application/json']?.schema, { $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.Status' });
  }
});

test('a watch without its beginning', async () => {
  const path = '/api/v1/namespaces?watch=1&timeoutSeconds=1&sendInitialEvents=false&resourceVersionMatch=NotOlderThan';
  const sent = request({ host: '127.0.0.1', port: running.server.port, path, agent, headers: { authorization: `Bearer ${ADMIN_TOKEN}` } }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  assert.deepEqual([response.statusCode, await text(response)], [200, '']);
});

for (const row of ROWS) test(row.name, async () => assert.deepEqual(await answer(row), { status: row.status, message: row.message, warnings: row.warnings ?? [] }));
