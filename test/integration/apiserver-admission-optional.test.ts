import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { CertificateSigningRequest } from '../../src/api/generated/certificates-v1.ts';
import type { Pod } from '../../src/api/generated/core-v1.ts';
import * as refs from '../../src/api/refs.ts';
import type { Draft } from '../../src/apimachinery/meta.ts';
import { StatusError } from '../../src/apimachinery/status.ts';
import { admissionPlugins } from '../../src/apiserver/admission/default-plugins.ts';
import type { PluginConfiguration } from '../../src/apiserver/admission/plugin-configuration.ts';
import type { UserInfo } from '../../src/apiserver/authentication/authenticator.ts';
import type { Authorizer } from '../../src/apiserver/authorization/authorizer.ts';
import { CachedObjects } from '../../src/apiserver/cacher/cached-objects.ts';
import { SystemRandom } from '../../src/base/random.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { Client } from '../../src/client/client.ts';
import { makeRequest, newKeyPair } from '../../src/pki/index.ts';
import { webhookTools } from '../support/webhook-server.ts';
import { admin, startTestServer, type TestServer } from '../support/test-server.ts';

const { signal } = new AbortController();
/** May write anything, but decide for no signer, delete nothing and change no finalizers. */
const writer: UserInfo = { name: 'writer', groups: ['system:authenticated'] };
const exempt: UserInfo = { name: 'exempt', groups: ['system:authenticated'] };
const OPTIONAL = ['AlwaysPullImages', 'DenyServiceExternalIPs', 'EventRateLimit', 'ExtendedResourceToleration', 'OwnerReferencesPermissionEnforcement', 'PodNodeSelector', 'PodTolerationRestriction'];
const authorizer: Authorizer = {
  authorize: ({ user, verb, resource, subresource }) => {
    const isKept = resource === 'signers' || verb === 'delete' || subresource === 'finalizers';
    return user.groups.includes('system:masters') || !isKept ? { decision: 'allow', reason: '' } : { decision: 'no opinion', reason: '' };
  },
};

let server: TestServer;
let client: Client;

function configured(value: object): PluginConfiguration {
  return { value, folder: '/' };
}

const configurations = new Map<string, PluginConfiguration>([
  ['EventRateLimit', configured({ apiVersion: 'eventratelimit.admission.k8s.io/v1alpha1', kind: 'Configuration', limits: [{ type: 'Namespace', qps: 1, burst: 2 }] })],
  ['PodNodeSelector', configured({ podNodeSelectorPluginConfig: { clusterDefaultNodeSelector: 'zone=a', only: 'zone=a,disk=ssd' } })],
  ['PodSecurity', configured({ apiVersion: 'pod-security.admission.config.k8s.io/v1', kind: 'PodSecurityConfiguration', defaults: { enforce: 'baseline' }, exemptions: { usernames: ['exempt'] } })],
  ['ResourceQuota', configured({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'ResourceQuotaConfiguration', limitedResources: [{ resource: 'persistentvolumeclaims', matchContains: ['requests.storage'] }] })],
  ['PodTolerationRestriction', configured({ apiVersion: 'podtolerationrestriction.admission.k8s.io/v1alpha1', kind: 'Configuration', default: [{ key: 'team', operator: 'Exists' }] })],
]);

function clientOf(user: UserInfo): Client {
  return new Client({ transport: server.server.transportFor(user), clock: new SystemClock(), userAgent: 'test' });
}

before(async () => {
  const objects = (): CachedObjects => new CachedObjects(server.server.cacher);
  const tools = { objects, authorizer, clock: new VirtualClock(), random: new SystemRandom(), webhooks: webhookTools(() => server.server), writeQuotaStatus: () => Promise.resolve() };
  server = await startTestServer({ admission: admissionPlugins(tools, { enable: OPTIONAL, configurations }), authorizers: [authorizer] });
  client = clientOf(admin);
  await client.resource(refs.namespaces).create({ metadata: { name: 'ns' } } as never, { signal });
  await client.resource(refs.namespaces).create({ metadata: { name: 'only', annotations: { 'scheduler.alpha.kubernetes.io/tolerationsWhitelist': '[{"operator":"Exists","key":"team"},{"operator":"Exists","key":"node.kubernetes.io/not-ready"},{"operator":"Exists","key":"node.kubernetes.io/unreachable"}]' } } } as never, { signal });
  for (const namespace of ['ns', 'only']) await client.resource(refs.serviceAccounts, namespace).create({ metadata: { name: 'default' } } as never, { signal });
});
after(() => server[Symbol.asyncDispose]());

function pod(name: string, spec: object = {}, metadata: object = {}): Draft<Pod> {
  return { metadata: { name, ...metadata }, spec: { containers: [{ name: 'main', image: 'i:1', imagePullPolicy: 'IfNotPresent', ...('container' in spec ? (spec.container as object) : {}) }], ...('container' in spec ? {} : spec) } } as unknown as Draft<Pod>;
}

function refused(message: string, code = 403): (error: unknown) => boolean {
  return (error) => {
    assert.ok(StatusError.is(error), String(error));
    assert.deepEqual({ code: error.code, message: error.message }, { code, message });
    return true;
  };
}

test('images are pulled anew, and pods get the selector and tolerations of the configuration', async () => {
  const { spec } = await client.resource(refs.pods, 'ns').create(pod('plain'), { signal });
  assert.equal(spec.containers[0]?.imagePullPolicy, 'Always');
  assert.deepEqual(spec.nodeSelector, { zone: 'a' });
  assert.ok(spec.tolerations?.some(({ key, operator }) => key === 'team' && operator === 'Exists'));
});

test('a pod whose selector says otherwise is refused', async () => {
  await assert.rejects(client.resource(refs.pods, 'ns').create(pod('b', { nodeSelector: { zone: 'b' } }), { signal }), refused('pods "b" is forbidden: pod node label selector conflicts with its namespace node label selector'));
  await assert.rejects(client.resource(refs.pods, 'only').create(pod('b', { nodeSelector: { disk: 'hdd' } }), { signal }), refused('pods "b" is forbidden: pod node label selector labels conflict with its namespace whitelist'));
});

test('only tolerations that the namespace allows pass', async () => {
  await client.resource(refs.pods, 'only').create(pod('fine'), { signal });
  const message = 'pod tolerations (possibly merged with namespace default tolerations) conflict with its namespace whitelist';
  await assert.rejects(client.resource(refs.pods, 'only').create(pod('t', { tolerations: [{ key: 'other', operator: 'Exists' }] }), { signal }), refused(message, 500));
});

test('a pod tolerates the taint of the extended resource that it asks for', async () => {
  const { spec } = await client.resource(refs.pods, 'ns').create(pod('gpu', { container: { resources: { limits: { 'example.com/gpu': '1' } } } }), { signal });
  assert.ok(spec.tolerations?.some(({ key, operator, effect }) => key === 'example.com/gpu' && operator === 'Exists' && effect === 'NoSchedule'));
});

test('unlabelled namespaces are held to the default level, but for exempt users', async () => {
  const bad = (name: string): Draft<Pod> => pod(name, { hostNetwork: true });
  await assert.rejects(client.resource(refs.pods, 'ns').create(bad('h'), { signal }), refused('pods "h" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)'));
  await clientOf(exempt).resource(refs.pods, 'ns').create(bad('h'), { signal });
});

test('external addresses of Services are refused', async () => {
  const service = { metadata: { name: 's' }, spec: { ports: [{ port: 80 }], externalIPs: ['10.1.1.1'] } };
  await assert.rejects(client.resource(refs.services, 'ns').create(service as never, { signal }), refused('services "s" is forbidden: Use of external IPs is denied by admission control'));
});

test('events beyond the burst are refused', async () => {
  const event = (name: string): never => ({ metadata: { name }, involvedObject: { namespace: 'ns', name: 'x' } }) as never;
  const create = (name: string): Promise<unknown> => client.resource(refs.events, 'ns').create(event(name), { signal });
  await create('one');
  await create('two');
  await assert.rejects(create('three'), refused('Too many requests: limit reached on type Namespace for key ns', 429));
});

test('owners are named only by who may delete, and wait only for who may finalize them', async () => {
  const owned = (blockOwnerDeletion: boolean): object => ({ ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid: 'u', blockOwnerDeletion }] });
  const create = (user: UserInfo, name: string): Promise<unknown> => clientOf(user).resource(refs.configMaps, 'ns').create({ metadata: { name, ...owned(true) } } as never, { signal });
  await assert.rejects(create(writer, 'c'), refused('configmaps "c" is forbidden: cannot set an ownerRef on a resource you can\'t delete: , <nil>'));
  await create(admin, 'c');
});

test('limited resources need a quota', async () => {
  const claim = { metadata: { name: 'c' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } };
  await assert.rejects(client.resource(refs.persistentVolumeClaims, 'ns').create(claim as never, { signal }), refused('persistentvolumeclaims "c" is forbidden: insufficient quota to consume: requests.storage'));
});

test('signing requests: no superusers, and decisions only by who may approve for the signer', async () => {
  const requests = (user: UserInfo): ReturnType<typeof client.resource<CertificateSigningRequest>> => clientOf(user).resource(refs.certificateSigningRequests);
  const draft = (name: string, organizations: string[]): never => {
    const request = Buffer.from(makeRequest({ subject: { commonName: 'x', organizations }, keys: newKeyPair() })).toString('base64');
    return { metadata: { name }, spec: { request, signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] } } as never;
  };
  await assert.rejects(requests(writer).create(draft('m', ['system:masters']), { signal }), refused('certificatesigningrequests.certificates.k8s.io "m" is forbidden: use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed'));
  await requests(writer).create(draft('a', []), { signal });
  const patch = { status: { conditions: [{ type: 'Approved', status: 'True', reason: 'x' }] } };
  const approve = (user: UserInfo): Promise<unknown> => requests(user).patch('a', { type: 'merge', patch }, { signal }, 'approval');
  await assert.rejects(approve(writer), refused('certificatesigningrequests.certificates.k8s.io "a" is forbidden: user not permitted to approve requests with signerName "kubernetes.io/kube-apiserver-client"'));
  await approve(admin);
});

for (const { name, labels, cause, message } of [
  { name: 'n', labels: { 'kubernetes.io/os': 'linux' }, cause: 'NodeCapacity', message: "node didn't have enough allocatable resources: cpu, requested: 2000, allocatable: 1000" },
  { name: 'unnamed', labels: {}, cause: 'NodeCapacity', message: "node didn't have enough allocatable resources: cpu, requested: 2000, allocatable: 1000" },
  { name: 'w', labels: { 'kubernetes.io/os': 'windows' }, cause: 'UnsupportedPlatform', message: 'pod resize is only supported on linux nodes, node "w" is "windows"' },
]) {
  test(`a pod cannot outgrow its node: ${name}`, async () => {
    const node = await client.resource(refs.nodes).create({ metadata: { name, labels } } as never, { signal });
    await client.resource(refs.nodes).updateStatus({ ...node, status: { ...node.status, allocatable: { cpu: '1', memory: '1Gi', pods: '10' } } } as never, { signal });
    await client.resource(refs.pods, 'ns').create(pod(`on-${name}`, { nodeName: name, containers: [{ name: 'main', image: 'i', resources: { requests: { cpu: '100m' } } }] }), { signal });
    const patch = { spec: { containers: [{ name: 'main', resources: { requests: { cpu: '2' } } }] } };
    await assert.rejects(client.resource(refs.pods, 'ns').patch(`on-${name}`, { type: 'strategic', patch }, { signal }, 'resize'), (error) => {
      assert.ok(StatusError.is(error));
      assert.deepEqual(error.status.details?.causes, [{ reason: cause }]);
      return refused(`pods "on-${name}" is forbidden: ${message}`)(error);
    });
  });
}

test('init containers of a pod are resized only where its node can do that', async () => {
  const node = await client.resource(refs.nodes).create({ metadata: { name: 'n2', labels: { 'kubernetes.io/os': 'linux' } } } as never, { signal });
  const features = async (declaredFeatures: string[]): Promise<unknown> => client.resource(refs.nodes).updateStatus({ ...node, metadata: { name: 'n2', labels: node.metadata.labels }, status: { ...node.status, allocatable: { cpu: '1', memory: '1Gi', pods: '10' }, declaredFeatures } } as never, { signal });
  await features([]);
  const requests = (cpu: string): object => ({ resources: { requests: { cpu } } });
  await client.resource(refs.pods, 'ns').create(pod('i', { nodeName: 'n2', containers: [{ name: 'main', image: 'i', ...requests('100m') }], initContainers: [{ name: 'first', image: 'i', ...requests('100m') }] }), { signal });
  const resize = async (): Promise<unknown> => client.resource(refs.pods, 'ns').patch('i', { type: 'strategic', patch: { spec: { initContainers: [{ name: 'first', ...requests('200m') }] } } }, { signal }, 'resize');
  await assert.rejects(resize(), refused('pods "i" is forbidden: pod update requires features InPlacePodVerticalScalingInitContainers which are not available on node "n2"'));
  await features(['InPlacePodVerticalScalingInitContainers']);
  await resize();
});

test('names that are no plugin, and configurations that make no sense, are refused', () => {
  const tools = {} as Parameters<typeof admissionPlugins>[0];
  assert.throws(() => admissionPlugins(tools, { enable: ['Nothing'] }), /--enable-admission-plugins: unknown admission plugin "Nothing"/);
  assert.throws(() => admissionPlugins(tools, { configurations: new Map([['PodSecurity', configured({ kind: 'x' })]]) }), /plugin PodSecurity: expected kind PodSecurityConfiguration/);
});
