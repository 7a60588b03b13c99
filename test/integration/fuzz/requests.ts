import type { Chance } from './values.ts';

export interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}

/** What earlier answers gave, to be sent back, mutated. */
export interface Memory {
  readonly tokens: string[];
  readonly protobufs: Buffer[];
}

const meta = '"metadata":{"name":"a","namespace":"default","labels":{"app":"a"},"annotations":{"n":"a"},"finalizers":[],"ownerReferences":[]}';
const pod = '"spec":{"containers":[{"name":"a","image":"a","ports":[{"containerPort":80}],"env":[{"name":"A","value":"a"}],"resources":{"requests":{"cpu":"100m","memory":"1Gi"}}}],"nodeSelector":{"a":"a"},"tolerations":[{"key":"a","operator":"Exists"}]}';
const RESOURCES: readonly { readonly path: string; readonly object: string }[] = [
  { path: '/api/v1/namespaces/default/pods', object: `{"apiVersion":"v1","kind":"Pod",${meta},${pod}}` },
  { path: '/api/v1/namespaces/default/configmaps', object: `{"apiVersion":"v1","kind":"ConfigMap",${meta},"data":{"a":"a"},"binaryData":{"b":"YQ=="},"immutable":false}` },
  { path: '/api/v1/namespaces/default/secrets', object: `{"apiVersion":"v1","kind":"Secret",${meta},"type":"Opaque","data":{"a":"YQ=="},"stringData":{"b":"b"}}` },
  { path: '/api/v1/namespaces/default/services', object: `{"apiVersion":"v1","kind":"Service",${meta},"spec":{"type":"NodePort","selector":{"app":"a"},"ports":[{"port":80,"targetPort":"a","protocol":"TCP"}]}}` },
  { path: '/api/v1/namespaces/default/serviceaccounts', object: `{"apiVersion":"v1","kind":"ServiceAccount",${meta}}` },
  { path: '/api/v1/namespaces/default/events', object: `{"apiVersion":"v1","kind":"Event",${meta},"involvedObject":{"kind":"Pod","name":"a","namespace":"default"},"type":"Normal","reason":"a","count":1}` },
  { path: '/api/v1/namespaces/default/resourcequotas', object: `{"apiVersion":"v1","kind":"ResourceQuota",${meta},"spec":{"hard":{"pods":"10000","configmaps":"100000"}}}` },
  { path: '/api/v1/namespaces/default/persistentvolumeclaims', object: `{"apiVersion":"v1","kind":"PersistentVolumeClaim",${meta},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}` },
  { path: '/api/v1/namespaces', object: '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"a"}}' },
  { path: '/api/v1/nodes', object: '{"apiVersion":"v1","kind":"Node","metadata":{"name":"a"},"spec":{"taints":[{"key":"a","effect":"NoSchedule"}]}}' },
  { path: '/apis/apps/v1/namespaces/default/deployments', object: `{"apiVersion":"apps/v1","kind":"Deployment",${meta},"spec":{"replicas":1,"selector":{"matchLabels":{"app":"a"}},"strategy":{"rollingUpdate":{"maxSurge":"25%"}},"template":{"metadata":{"labels":{"app":"a"}},${pod}}}}` },
  { path: '/apis/batch/v1/namespaces/default/cronjobs', object: `{"apiVersion":"batch/v1","kind":"CronJob",${meta},"spec":{"schedule":"* * * * *","jobTemplate":{"spec":{"template":{${pod.replace(/\}$/, ',"restartPolicy":"Never"}')}}}}}}` },
  { path: '/apis/networking.k8s.io/v1/namespaces/default/networkpolicies', object: `{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy",${meta},"spec":{"podSelector":{"matchExpressions":[{"key":"a","operator":"In","values":["a"]}]},"ingress":[{"ports":[{"port":80}]}]}}` },
  { path: '/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles', object: `{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role",${meta},"rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["get"]}]}` },
  { path: '/apis/coordination.k8s.io/v1/namespaces/default/leases', object: `{"apiVersion":"coordination.k8s.io/v1","kind":"Lease",${meta},"spec":{"holderIdentity":"a","leaseDurationSeconds":15,"renewTime":"2026-01-01T00:00:00.000000Z"}}` },
  { path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', object: '{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"things.fuzz.example"},"spec":{"group":"fuzz.example","scope":"Namespaced","names":{"plural":"things","kind":"Thing"},"versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object","properties":{"a":{"type":"string","pattern":"^(a+)+$","default":"a"},"n":{"type":"integer","maximum":10},"l":{"type":"array","items":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}},"x-kubernetes-validations":[{"rule":"!has(self.n) || self.n < 9"}]}}}}}]}}' },
  { path: '/apis/example.com/v1/namespaces/default/widgets', object: `{"apiVersion":"example.com/v1","kind":"Widget",${meta},"spec":{"a":"aa","n":1,"l":[{"x":{"y":1}}],"any":{"k":1}}}` },
  { path: '/apis/authorization.k8s.io/v1/subjectaccessreviews', object: '{"apiVersion":"authorization.k8s.io/v1","kind":"SubjectAccessReview","spec":{"user":"a","groups":["a"],"resourceAttributes":{"verb":"get","resource":"pods","namespace":"default"}}}' },
  { path: '/apis/authentication.k8s.io/v1/tokenreviews', object: '{"apiVersion":"authentication.k8s.io/v1","kind":"TokenReview","spec":{"token":"a","audiences":["a"]}}' },
  { path: '/apis/policy/v1/namespaces/default/poddisruptionbudgets', object: `{"apiVersion":"policy/v1","kind":"PodDisruptionBudget",${meta},"spec":{"minAvailable":"50%","selector":{"matchLabels":{"app":"a"}}}}` },
  { path: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies', object: '{"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingAdmissionPolicy","metadata":{"name":"a"},"spec":{"matchConstraints":{"resourceRules":[{"apiGroups":["none.example"],"apiVersions":["*"],"operations":["*"],"resources":["none"]}]},"validations":[{"expression":"object.a == 1","message":"a"}]}}' },
];
const PATHS = ['/', '/api', '/apis', '/version', '/openapi/v2', '/openapi/v3', '/healthz', '/readyz?verbose', '/livez/ping', '/metrics', '/api/v1', '/apis/apps', '/apis/apps/v1', '/apis/example.com/v1', '/openapi/v3/api/v1', '/.well-known/openid-configuration', '/openid/v1/jwks', '/logs', '/api/v1/watch/pods', '/api/v1/componentstatuses'];
const SUBRESOURCES = ['status', 'scale', 'eviction', 'binding', 'log', 'exec', 'attach', 'portforward', 'proxy', 'proxy/a', 'token', 'approval', 'finalize', 'ephemeralcontainers', 'resize', 'nothing', '__proto__', 'constructor'];
const ACCEPTS = [
  'application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf', 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json', 'application/json;as=Table;v=v1beta1;g=meta.k8s.io', 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  'application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io', 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io', 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList', '*/*', 'text/html', 'application/cbor', 'application/json;stream=watch', 'application/json;q=0.1,*/*;q=x', ';;,,=', 'application/json;as=__proto__;v=constructor',
];
const MEDIA = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf', 'application/json; charset=utf-8', 'text/plain', '', 'application/cbor', 'application/json;;', 'application/apply-patch+yaml'];
const PATCHES = ['application/json-patch+json', 'application/merge-patch+json', 'application/strategic-merge-patch+json', 'application/apply-patch+yaml', 'application/json', 'application/apply-patch+cbor'];
const SELECTOR_PARTS = ['a', 'app', 'app=a', 'app==a', 'app!=a', 'a in (a,b)', 'a notin (', '!a', 'a>1', 'a<x', ',', '(', ')', '=', '!', ' in ', 'metadata.name=a', 'metadata.namespace=default', 'spec.nodeName=', 'status.phase!=Running', '\\', '\\,', 'a.b/c', '__proto__=a', 'constructor'];

export function makeRequest(chance: Chance, memory: Memory): FuzzRequest {
  const resource = chance.pick(RESOURCES);
  const kind = chance.below(20);
  if (kind === 0) return { method: chance.pick(['GET', 'POST', 'HEAD', 'OPTIONS', 'DELETE']), path: `${chance.pick(PATHS)}${queryOf(chance, memory) || '?timeoutSeconds=1'}`, headers: headersOf(chance), body: undefined };
  if (kind === 1) return { method: chance.pick(['GET', 'PUT', 'PROPFIND']), path: oddPath(chance), headers: headersOf(chance), body: undefined };
  if (kind < 7) return { method: 'GET', path: `${chance.once(3) ? `${resource.path}/${nameOf(chance)}` : resource.path}${queryOf(chance, memory)}`, headers: headersOf(chance), body: undefined };
  if (kind < 11) return { method: 'POST', path: resource.path + (chance.once(6) ? `/a/${chance.pick(SUBRESOURCES)}` : '') + queryOf(chance, memory), ...bodyOf(chance, resource.object, memory) };
  if (kind < 13) return { method: 'PUT', path: `${resource.path}/${nameOf(chance)}${chance.once(4) ? `/${chance.pick(SUBRESOURCES)}` : ''}${queryOf(chance, memory)}`, ...bodyOf(chance, resource.object, memory) };
  if (kind < 17) return patchOf(chance, resource, memory);
  if (kind === 17) return { method: chance.pick(['GET', 'POST']), path: `${resource.path}/${nameOf(chance)}/${chance.pick(SUBRESOURCES)}${queryOf(chance, memory)}`, headers: headersOf(chance), body: undefined };
  return { method: 'DELETE', path: `${resource.path}${chance.once(8) ? '' : `/${nameOf(chance)}`}${queryOf(chance, memory)}`, ...bodyOf(chance, '{"apiVersion":"v1","kind":"DeleteOptions","gracePeriodSeconds":0,"propagationPolicy":"Background","preconditions":{"uid":"a"}}', memory) };
}

function nameOf(chance: Chance): string {
  if (!chance.once(4)) return 'a';
  return chance.once(3) ? chance.pick(['%00', '%zz', '%2e%2e', '%2f', '..', '%C3', '%', '%ff']) : encodeURIComponent(chance.text().toWellFormed());
}

function oddPath(chance: Chance): string {
  const parts = Array.from({ length: 1 + chance.below(8) }, () => (chance.once(2) ? chance.pick(['api', 'apis', 'v1', 'namespaces', 'pods', 'watch', 'proxy', 'apps', 'default', 'a', 'status']) : nameOf(chance)));
  return `/${parts.join(chance.pick(['/', '/', '//']))}?timeoutSeconds=1${chance.once(3) ? `&${encodeURI(chance.text().toWellFormed())}` : ''}`;
}

function queryOf(chance: Chance, memory: Memory): string {
  if (chance.once(3)) return '';
  const selector = (): string => Array.from({ length: 1 + chance.below(3) }, () => (chance.once(6) ? chance.text() : chance.pick(SELECTOR_PARTS))).join(chance.pick([',', '', ',']));
  const makers: readonly (() => [string, string])[] = [
    () => ['labelSelector', selector()], () => ['fieldSelector', selector()], () => ['limit', chance.pick(['1', '2', '0', '-1', '500', 'x', '9223372036854775808', '1.5'])],
    () => ['continue', memory.tokens.length > 0 ? (chance.once(2) ? chance.pick(memory.tokens) : chance.mutated(chance.pick(memory.tokens))) : chance.bytes(12).toString('base64url')],
    () => ['continue', Buffer.from(`{"v":"meta.k8s.io/v1","rv":${chance.json(5)},"start":${chance.json(5)}}`).toString('base64url')],
    () => ['resourceVersion', chance.pick(['0', '1', '5', '20', 'x', '-1', '99999999', '18446744073709551616', '1.5', ''])], () => ['resourceVersionMatch', chance.pick(['Exact', 'NotOlderThan', 'x', ''])],
    () => ['watch', chance.pick(['1', 'true', 'false', 'x'])], () => ['allowWatchBookmarks', 'true'], () => ['sendInitialEvents', chance.pick(['true', 'false', 'x'])],
    () => ['fieldManager', chance.text()], () => ['force', chance.pick(['true', 'x'])], () => ['dryRun', chance.pick(['All', 'x', ''])], () => ['fieldValidation', chance.pick(['Strict', 'Warn', 'Ignore', 'x'])], () => ['pretty', 'true'],
    () => ['propagationPolicy', chance.pick(['Orphan', 'Foreground', 'Background', 'x'])], () => ['gracePeriodSeconds', chance.pick(['0', '1', '-1', 'x'])], () => ['includeObject', chance.pick(['None', 'Object', 'x'])], () => [chance.text(), chance.text()],
    () => ['command', chance.text()], () => ['tailLines', 'x'], () => ['container', 'a'],
  ];
  const pairs = Array.from({ length: 1 + chance.below(4) }, () => chance.pick(makers)());
  const query = pairs.map(([key, value]) => `${encodeURIComponent(key.toWellFormed())}=${chance.once(40) ? '%zz' : encodeURIComponent(value.toWellFormed())}`);
  // A watch without an end would only wait. A parameter with a broken escape is as if it were not there, so this one is whole.
  return `?${query.join('&')}&timeoutSeconds=1`;
}

function headersOf(chance: Chance): Record<string, string> {
  const headers: Record<string, string> = { accept: chance.pick(ACCEPTS) };
  if (chance.once(5)) headers['accept-encoding'] = chance.pick(['gzip', 'gzip;q=0', 'br', '*']);
  if (chance.once(30)) headers['impersonate-user'] = chance.pick(['a', 'system:node:a', 'system:serviceaccount:default:a', '__proto__']);
  if (chance.once(60)) headers['impersonate-group'] = chance.pick(['a', 'system:masters', '__proto__']);
  if (chance.once(60)) headers['authorization'] = chance.pick(['Bearer x', 'Bearer ', 'Basic YTph', 'Bearer a.b.c', `Bearer ${'x'.repeat(5000)}`, 'Bearer eyJhbGciOiJub25lIn0.e30.']);
  if (chance.once(50)) headers['audit-id'] = chance.pick(['a', 'x'.repeat(300)]);
  if (chance.once(50)) headers['if-none-match'] = chance.pick(['"a"', '*', 'x']);
  if (chance.once(80)) headers['x-long'] = 'x'.repeat(chance.pick([10_000, 60_000]));
  if (chance.once(100)) Object.assign(headers, { connection: 'upgrade', upgrade: chance.pick(['websocket', 'SPDY/3.1', 'x']), 'sec-websocket-version': '13', 'sec-websocket-key': 'YWFhYWFhYWFhYWFhYWFhYQ==' });
  return headers;
}

function bodyOf(chance: Chance, object: string, memory: Memory): { headers: Record<string, string>; body: Buffer } {
  const headers = headersOf(chance);
  if (memory.protobufs.length > 0 && chance.once(6)) {
    headers['content-type'] = 'application/vnd.kubernetes.protobuf';
    const body = Buffer.from(chance.pick(memory.protobufs));
    for (let flips = chance.below(4); flips > 0 && body.length > 4; flips--) body[4 + chance.below(body.length - 4)] = chance.below(256);
    return { headers, body: chance.once(6) ? body.subarray(0, chance.below(body.length)) : body };
  }
  const type = chance.once(5) ? chance.pick(MEDIA) : 'application/json';
  if (type !== '') headers['content-type'] = type;
  let text = object;
  for (let changes = chance.below(4); changes > 0; changes--) text = chance.once(3) ? chance.mutated(text) : chance.replacedValue(text);
  if (chance.once(30)) text = chance.json();
  if (type === 'application/yaml' && chance.once(4)) text = `a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n${text}`;
  return { headers, body: chance.once(60) ? chance.bytes(chance.below(200)) : Buffer.from(text) };
}

function patchOf(chance: Chance, resource: { path: string; object: string }, memory: Memory): FuzzRequest {
  const type = chance.pick(PATCHES);
  const headers = { ...headersOf(chance), 'content-type': type };
  const path = `${resource.path}/${nameOf(chance)}${chance.once(5) ? `/${chance.pick(SUBRESOURCES)}` : ''}${queryOf(chance, memory)}`;
  let text = type.startsWith('application/json-patch') ? jsonPatch(chance) : partOf(chance, resource.object);
  if (chance.once(4)) text = chance.mutated(text);
  return { method: 'PATCH', path: type.startsWith('application/apply') && chance.once(2) ? `${resource.path}/a?fieldManager=m&force=true` : path, headers, body: Buffer.from(text) };
}

function jsonPatch(chance: Chance): string {
  const pointer = (): string => JSON.stringify(`/${Array.from({ length: 1 + chance.below(4) }, () => chance.pick(['metadata', 'spec', 'labels', 'data', 'containers', '0', '-', '-1', '99', 'a', 'app', '__proto__', 'constructor', 'prototype', '~1', '~0', '~', ''])).join('/')}`);
  return `[${Array.from({ length: 1 + chance.below(4) }, () => `{"op":"${chance.pick(['add', 'remove', 'replace', 'copy', 'move', 'test', 'x'])}","path":${pointer()},"from":${pointer()},"value":${chance.json(2)}}`).join(',')}]`;
}

/** The object, or a patch of it with directives of strategic merge patches. */
function partOf(chance: Chance, object: string): string {
  if (chance.once(3)) return chance.replacedValue(object);
  const directives = ['"$patch":"delete"', '"$patch":"replace"', '"$patch":"x"', '"$retainKeys":["a"]', '"$setElementOrder/containers":[{"name":"b"},{"name":"a"}]', '"$deleteFromPrimitiveList/finalizers":["a"]', '"__proto__":{"a":1}', '"constructor":{"prototype":{"a":1}}', '"name":"a"', '"a":null'];
  const some = (): string => Array.from({ length: chance.below(3) }, () => chance.pick(directives)).join(',');
  return `{"metadata":{"labels":{"app":${chance.json(4)}}${chance.once(2) ? ',' : ''}${some()}},"spec":{${some()}},"data":${chance.json(3)}}`.replace(/,\}/g, '}');
}
