/** What a node may write, as one asks who is it: mirror pods, status, tokens for audiences, requests for certificates, slices of devices. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';
import { NodeRestriction } from '../../src/apiserver/admission/plugins/node-restriction.ts';
import { ServiceAccountTokens } from '../../src/apiserver/authentication/service-accounts/tokens.ts';
import type { UserInfo } from '../../src/apiserver/authentication/authenticator.ts';
import type { Authorizer } from '../../src/apiserver/authorization/authorizer.ts';
import { NodeAuthorizer } from '../../src/apiserver/authorization/node/node-authorizer.ts';
import { CachedObjects } from '../../src/apiserver/cacher/cached-objects.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { SystemRandom } from '../../src/base/random.ts';
import { makeRequest, newKeyPair } from '../../src/pki/index.ts';
import { JsonClient, type Json } from '../support/json-client.ts';
import { admin, ADMIN_TOKEN, startTestServer, tokenUsers, type TestServer } from '../support/test-server.ts';

const node: UserInfo = { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] };
/** Who may ask for tokens for which audience. */
const granted = new Set<string>();
const everybodyElse: Authorizer = {
  authorize: ({ user, verb, resource }) => {
    const isAllowed = user.groups.includes('system:masters') || (verb === 'request-serviceaccounts-token-audience' ? granted.has(resource) : verb === 'create' || resource === 'persistentvolumeclaims');
    return { decision: isAllowed ? 'allow' : 'no opinion', reason: '' };
  },
};
let running: TestServer;
let api: JsonClient;
let own: JsonClient;
let uid = '';

const pod = (name: string, spec: object = {}, more: object = {}): object => ({ metadata: { name, ...more }, spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }], ...spec } });
const mirror = (name: string, spec: object): object => pod(name, spec, {
  annotations: { 'kubernetes.io/config.mirror': 'x' }, ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n1', uid, controller: true }],
});

async function refusalOf(ask: string, body: object): Promise<string> {
  const { status, body: answer } = await own.ask(ask, body);
  return status < 300 ? 'allowed' : String((answer as Json).message).replace(/^.* is forbidden: /, '');
}

before(async () => {
  const objects = (): CachedObjects => new CachedObjects(running.server.cacher);
  const signing = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  running = await startTestServer({
    authenticators: [tokenUsers({ [ADMIN_TOKEN]: admin, node, stranger: { ...node, name: 'system:node:n9' } })], authorizers: [new NodeAuthorizer(objects), everybodyElse], admission: [new NodeRestriction({ objects, authorizer: everybodyElse })],
    serviceAccountTokens: new ServiceAccountTokens({ issuers: ['https://issuer'], signing, clock: new SystemClock(), random: new SystemRandom() }),
  });
  api = new JsonClient(running.server.port);
  own = new JsonClient(running.server.port, 'node');
  await api.must('POST /api/v1/namespaces', { metadata: { name: 'ns' } });
  ({ metadata: { uid } } = await api.must('POST /api/v1/nodes', { metadata: { name: 'n1' } }));
  await api.must('POST /api/v1/nodes', { metadata: { name: 'n2' } });
  await api.must('POST /api/v1/namespaces/ns/serviceaccounts', { metadata: { name: 'default' } });
});

after(async () => {
  api[Symbol.dispose]();
  own[Symbol.dispose]();
  await running[Symbol.asyncDispose]();
});

test('mirror pods need nothing of the API', async () => {
  const volume = (source: object): object => ({ volumes: [{ name: 'v', ...source }] });
  for (const [spec, reference] of [
    [{ serviceAccountName: 'default' }, 'serviceaccounts'],
    [{ imagePullSecrets: [{ name: 's' }] }, 'secrets'],
    [volume({ configMap: { name: 'c' } }), 'configmaps'],
    [{ resourceClaims: [{ name: 'r', resourceClaimName: 'x' }] }, 'resourceclaims'],
    [volume({ persistentVolumeClaim: { claimName: 'p' } }), 'persistentvolumeclaims'],
    [volume({ csi: { driver: 'd' } }), 'csidrivers (via CSI volumes)'],
    [volume({ projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }), 'serviceaccounts (via projected volumes)'],
  ] as const) assert.equal(await refusalOf('POST /api/v1/namespaces/ns/pods', mirror('m', spec)), `node "n1" can not create pods that reference ${reference}`);
  assert.equal(await refusalOf('POST /api/v1/namespaces/ns/pods', mirror('m', volume({ emptyDir: {} }))), 'allowed');
});

test('what is missing is told as it is: a node, a pod', async () => {
  using stranger = new JsonClient(running.server.port, 'stranger');
  const made = pod('m9', { nodeName: 'n9' }, { annotations: { 'kubernetes.io/config.mirror': 'x' }, ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n9', uid: 'u', controller: true }] });
  const missing = await stranger.ask('POST /api/v1/namespaces/ns/pods', made);
  assert.deepEqual([missing.status, missing.body.message, missing.body.details], [404, 'node "n9" not found', { name: 'n9', kind: 'node' }]);
  const token = await own.ask('POST /api/v1/namespaces/ns/serviceaccounts/default/token', { spec: { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'none', uid: 'u' } } });
  assert.deepEqual([token.status, token.body.message], [404, 'pod "none" not found']);
  const eviction = await own.ask('POST /api/v1/namespaces/ns/pods/none/eviction', { metadata: { name: 'none' } });
  assert.deepEqual([eviction.status, eviction.body.message], [404, 'pod "none" not found']);
});

test('whose node it is counts before its labels', async () => {
  const labelled = (name: string): object => ({ metadata: { name, labels: { 'node-restriction.kubernetes.io/x': 'y' } } });
  assert.equal(await refusalOf('POST /api/v1/nodes', labelled('n3')), 'node "n1" is not allowed to modify node "n3"');
  assert.equal(await refusalOf('POST /api/v1/nodes', labelled('n1')), 'node "n1" is not allowed to set the following labels: node-restriction.kubernetes.io/x');
});

test('the status of a pod does not say which claims the node may read', async () => {
  await api.must('POST /api/v1/namespaces/ns/pods', pod('claims'));
  const patch = (status: object): Promise<string> => refusalOf('PATCH /api/v1/namespaces/ns/pods/claims/status', { status });
  assert.equal(await patch({ resourceClaimStatuses: [{ name: 'a', resourceClaimName: 'secret' }] }), 'node "n1" cannot update resource claim statues');
  assert.equal(await patch({ extendedResourceClaimStatus: { resourceClaimName: 'x', requestMappings: [{ containerName: 'c', resourceName: 'r/x', requestName: 'q' }] } }), 'node "n1" cannot update extended resource claim status');
  assert.equal(await patch({ phase: 'Running' }), 'allowed');
});

test('tokens are for audiences that the pod, the driver of its volume, or a role names', async () => {
  const volumes = [
    { name: 't', projected: { sources: [{ serviceAccountToken: { path: 't', audience: 'vault' } }, { serviceAccountToken: { path: 'd' } }] } }, { name: 'c', csi: { driver: 'csi.example' } },
    { name: 'p', persistentVolumeClaim: { claimName: 'data' } },
  ];
  const { metadata } = await api.must('POST /api/v1/namespaces/ns/pods', pod('tokens', { serviceAccountName: 'default', volumes }));
  const driver = (name: string, audience: string): object => ({ metadata: { name }, spec: { tokenRequests: [{ audience }] } });
  await api.must('POST /apis/storage.k8s.io/v1/csidrivers', driver('csi.example', 'inline'));
  await api.must('POST /apis/storage.k8s.io/v1/csidrivers', driver('disk.example', 'disk'));
  const spec = { accessModes: ['ReadWriteOnce'], storageClassName: '' };
  await api.must('POST /api/v1/persistentvolumes', { metadata: { name: 'pv' }, spec: { ...spec, capacity: { storage: '1Gi' }, csi: { driver: 'disk.example', volumeHandle: 'h' } } });
  await api.must('POST /api/v1/namespaces/ns/persistentvolumeclaims', { metadata: { name: 'data' }, spec: { ...spec, volumeName: 'pv', resources: { requests: { storage: '1Gi' } } } });
  const ask = (...audiences: string[]): Promise<string> =>
    refusalOf('POST /api/v1/namespaces/ns/serviceaccounts/default/token', { spec: { audiences, boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'tokens', uid: metadata.uid } } });
  for (const audiences of [[], ['vault'], ['inline'], ['disk']]) assert.equal(await ask(...audiences), 'allowed');
  assert.equal(await ask('vault', 'inline'), 'node may only request 0 or 1 audiences');
  assert.equal(await ask('bank'), 'audience "bank" not found in pod spec volume, system:node:n1 is not authorized to request tokens for this audience');
  granted.add('bank');
  assert.equal(await ask('bank'), 'allowed');
});

test('certificates of kubelets are asked for by the nodes themselves', async () => {
  const ask = (commonName: string, signer: string): Promise<string> => refusalOf('POST /apis/certificates.k8s.io/v1/certificatesigningrequests', {
    metadata: { generateName: 'csr-' }, spec: { signerName: `kubernetes.io/${signer}`, usages: ['digital signature', 'client auth'], request: Buffer.from(makeRequest({ subject: { commonName, organizations: ['system:nodes'] }, keys: newKeyPair() })).toString('base64') },
  });
  assert.equal(await ask('system:node:n1', 'kube-apiserver-client-kubelet'), 'allowed');
  assert.equal(await ask('system:node:n2', 'kube-apiserver-client-kubelet'), 'can only create a node CSR with CN=system:node:n1');
  assert.equal(await ask('system:node:n2', 'kubelet-serving'), 'can only create a node CSR with CN=system:node:n1');
});

test('feature gates turn off what was not asked for before', async () => {
  const objects = (): CachedObjects => new CachedObjects(other.server.cacher);
  const featureGates = (name: string): boolean => name === 'AllowInsecureKubeletCertificateSigningRequests';
  await using other: TestServer = await startTestServer({ authenticators: [tokenUsers({ node })], admission: [new NodeRestriction({ objects, authorizer: everybodyElse, featureGates })] });
  using client = new JsonClient(other.server.port, 'node');
  const request = Buffer.from(makeRequest({ subject: { commonName: 'system:node:n2', organizations: ['system:nodes'] }, keys: newKeyPair() })).toString('base64');
  await client.must('POST /apis/certificates.k8s.io/v1/certificatesigningrequests', { metadata: { name: 'a' }, spec: { signerName: 'kubernetes.io/kube-apiserver-client-kubelet', usages: ['digital signature', 'client auth'], request } });
});

test('slices of devices are those of the node', async () => {
  const slice = (name: string, nodeName: string): object => ({ metadata: { name }, spec: { driver: 'd.example', nodeName, pool: { name: nodeName, generation: 1, resourceSliceCount: 1 }, devices: [] } });
  const slices = '/apis/resource.k8s.io/v1/resourceslices';
  assert.equal(await refusalOf(`POST ${slices}`, slice('other', 'n2')), 'can only create ResourceSlice with the same NodeName as the requesting node');
  assert.equal(await refusalOf(`POST ${slices}`, slice('mine', 'n1')), 'allowed');
  await api.must(`POST ${slices}`, slice('other', 'n2'));
  assert.equal(await refusalOf(`PATCH ${slices}/mine`, { metadata: { labels: { a: 'b' } } }), 'allowed');
  assert.match(await refusalOf(`PATCH ${slices}/other`, { metadata: { labels: { a: 'b' } } }), /no relationship found between node 'n1' and this object$/);
  assert.match(await refusalOf(`DELETE ${slices}/other`, {}), /no relationship found between node 'n1' and this object$/);
});

test('reviews of access count what is selected', async () => {
  const ask = async (attributes: object): Promise<unknown> =>
    (await api.must('POST /apis/authorization.k8s.io/v1/subjectaccessreviews', { spec: { user: node.name, groups: node.groups, resourceAttributes: { verb: 'list', version: 'v1', resource: 'pods', ...attributes } } })).status;
  const reason = 'can only list/watch pods with spec.nodeName field selector';
  assert.deepEqual(await ask({}), { allowed: false, reason });
  assert.deepEqual(await ask({ fieldSelector: { rawSelector: 'spec.nodeName=n1' } }), { allowed: true });
  assert.deepEqual(await ask({ fieldSelector: { requirements: [{ key: 'spec.nodeName', operator: 'In', values: ['n1'] }] } }), { allowed: true });
  assert.deepEqual(await ask({ fieldSelector: { requirements: [{ key: 'spec.nodeName', operator: 'In', values: ['n1', 'n2'] }] } }), { allowed: false, reason, evaluationError: 'spec.resourceAttributes.fieldSelector ignored due to parse error' });
});

test('other subresources and claims are none of its business', async () => {
  await api.must('POST /api/v1/namespaces/ns/pods', pod('bound', { nodeName: '' }));
  assert.equal(await refusalOf('POST /api/v1/namespaces/ns/pods/bound/binding', { metadata: { name: 'bound' }, target: { kind: 'Node', name: 'n1' } }), 'unexpected pod subresource "binding", only \'status\' and \'eviction\' are allowed');
  assert.equal(await refusalOf('PATCH /api/v1/namespaces/ns/persistentvolumeclaims/data', { metadata: { labels: { a: 'b' } } }), 'may only update PVC status');
});
