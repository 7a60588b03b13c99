import assert from 'node:assert/strict';
import { request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { goProtobuf } from '../../support/go-protobuf.ts';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../../support/test-server.ts';

let server: TestServer;
before(async () => {
  server = await startTestServer();
  for (const name of ['json', 'protobuf']) await post('/api/v1/namespaces', JSON.stringify({ metadata: { name } }), 'application/json');
});
after(() => server[Symbol.asyncDispose]());

async function send(method: string, path: string, accept: string, body?: Buffer | string, type?: string): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const headers = { accept, authorization: `Bearer ${ADMIN_TOKEN}`, ...(body !== undefined && { 'content-type': type, 'content-length': Buffer.byteLength(body) }) };
  request(new URL(path, server.url), { method, ca: server.ca, headers }, resolve).on('error', reject).end(body);
  const answer = await promise;
  const said = await buffer(answer);
  assert.equal(answer.statusCode, method === 'POST' ? 201 : 200, said.toString());
  return said;
}

async function post(path: string, body: Buffer | string, type: string): Promise<object> {
  return JSON.parse((await send('POST', path, 'application/json', body, type)).toString()) as object;
}

/** Without what differs from one object to the next. */
const comparable = (object: object): unknown =>
  JSON.parse(JSON.stringify(object, (key, value: unknown) => (['uid', 'resourceVersion', 'creationTimestamp', 'managedFields', 'namespace', 'clusterIP', 'clusterIPs'].includes(key) || key.endsWith('controller-uid') ? undefined : value)));

const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 80 }], readinessProbe: { httpGet: { port: 80 } } }] } };

for (const { message, path, object } of [
  { message: 'core.v1.Pod', path: 'api/v1/namespaces/NS/pods', object: { apiVersion: 'v1', kind: 'Pod', spec: template.spec } },
  { message: 'core.v1.Service', path: 'api/v1/namespaces/NS/services', object: { apiVersion: 'v1', kind: 'Service', spec: { clusterIP: 'None', ports: [{ port: 80 }] } } },
  { message: 'core.v1.Event', path: 'api/v1/namespaces/NS/events', object: { apiVersion: 'v1', kind: 'Event', involvedObject: { namespace: 'NS' }, message: 'm', reason: 'Test', type: 'Normal', count: 1 } },
  { message: 'core.v1.ResourceQuota', path: 'api/v1/namespaces/NS/resourcequotas', object: { apiVersion: 'v1', kind: 'ResourceQuota', spec: { hard: { pods: '5' } } } },
  { message: 'core.v1.ReplicationController', path: 'api/v1/namespaces/NS/replicationcontrollers', object: { apiVersion: 'v1', kind: 'ReplicationController', spec: { selector: { a: 'b' }, template } } },
  { message: 'apps.v1.Deployment', path: 'apis/apps/v1/namespaces/NS/deployments', object: { apiVersion: 'apps/v1', kind: 'Deployment', spec: { selector: { matchLabels: { a: 'b' } }, template } } },
  { message: 'apps.v1.StatefulSet', path: 'apis/apps/v1/namespaces/NS/statefulsets', object: { apiVersion: 'apps/v1', kind: 'StatefulSet', spec: { serviceName: 's', selector: { matchLabels: { a: 'b' } }, template } } },
  { message: 'batch.v1.Job', path: 'apis/batch/v1/namespaces/NS/jobs', object: { apiVersion: 'batch/v1', kind: 'Job', spec: { template: { spec: { ...template.spec, restartPolicy: 'Never' } } } } },
  { message: 'policy.v1.PodDisruptionBudget', path: 'apis/policy/v1/namespaces/NS/poddisruptionbudgets', object: { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', spec: { minAvailable: '50%', selector: { matchLabels: { a: 'b' } } } } },
  { message: 'networking.v1.Ingress', path: 'apis/networking.k8s.io/v1/namespaces/NS/ingresses', object: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } } } } },
] as const) {
  test(`a ${object.kind} of a Go client, with the zeros of what was not set, is as one of JSON`, async () => {
    const of = (namespace: string): typeof object & { metadata: object } => JSON.parse(JSON.stringify({ ...object, metadata: { name: 'x' } }).replaceAll('NS', namespace)) as typeof object & { metadata: object };
    const expected = await post(`/${path.replace('NS', 'json')}`, JSON.stringify(of('json')), 'application/json');
    const made = await post(`/${path.replace('NS', 'protobuf')}`, goProtobuf(message, of('protobuf')), 'application/vnd.kubernetes.protobuf');
    assert.deepEqual(comparable(made), comparable(expected));
  });
}

test('a Lease of a Go client keeps its times, which may be of the year 1, in protobuf and JSON', async () => {
  const path = '/apis/coordination.k8s.io/v1/namespaces/protobuf/leases';
  const spec = { holderIdentity: 'holder', leaseDurationSeconds: 30, acquireTime: '0001-01-01T00:00:02.000000Z', renewTime: '0001-01-01T00:00:05.000000Z', leaseTransitions: 0 };
  const sent = goProtobuf('coordination.v1.Lease', { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'lease' }, spec } as { apiVersion: string; kind: string });
  assert.deepEqual((await post(path, sent, 'application/vnd.kubernetes.protobuf') as { spec: object }).spec, spec);
  const known = await send('GET', `${path}/lease`, 'application/vnd.kubernetes.protobuf');
  const inBytes = sent.subarray(sent.indexOf('holder') - 2, -'\x1a\x00\x22\x00'.length);
  assert.ok(known.includes(inBytes), `${known.toString('hex')} is without ${inBytes.toString('hex')}`);
  const again = JSON.parse((await send('PUT', `${path}/lease`, 'application/json', known, 'application/vnd.kubernetes.protobuf')).toString()) as { spec: object };
  assert.deepEqual(again.spec, spec);
});

const labels = { a: 'b' };
for (const { message, path, object, parts = [''] } of [
  { message: 'core.v1.Pod', path: '/api/v1/namespaces/protobuf/pods', object: { apiVersion: 'v1', kind: 'Pod', spec: { ...template.spec, initContainers: [{ name: 'i', image: 'i', restartPolicy: 'Always' }], volumes: [{ name: 'e', emptyDir: {} }, { name: 's', secret: { secretName: 's' } }], securityContext: { runAsUser: 0 } } }, parts: ['', '/status', '/resize', '/ephemeralcontainers'] },
  { message: 'core.v1.Node', path: '/api/v1/nodes', object: { apiVersion: 'v1', kind: 'Node', spec: { unschedulable: true, taints: [{ key: 'k', effect: 'NoExecute', timeAdded: '2026-01-01T00:00:00Z' }] }, status: { conditions: [{ type: 'Ready', status: 'True' }] } }, parts: ['', '/status'] },
  { message: 'core.v1.PodTemplate', path: '/api/v1/namespaces/protobuf/podtemplates', object: { apiVersion: 'v1', kind: 'PodTemplate', template } },
  { message: 'core.v1.ConfigMap', path: '/api/v1/namespaces/protobuf/configmaps', object: { apiVersion: 'v1', kind: 'ConfigMap', data: { a: 'b' } } },
  { message: 'core.v1.Secret', path: '/api/v1/namespaces/protobuf/secrets', object: { apiVersion: 'v1', kind: 'Secret', data: { a: 'Yg==' } } },
  { message: 'core.v1.Service', path: '/api/v1/namespaces/protobuf/services', object: { apiVersion: 'v1', kind: 'Service', spec: { ports: [{ port: 80 }] } }, parts: ['', '/status'] },
  { message: 'core.v1.PersistentVolumeClaim', path: '/api/v1/namespaces/protobuf/persistentvolumeclaims', object: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }, parts: ['', '/status'] },
  { message: 'core.v1.PersistentVolume', path: '/api/v1/persistentvolumes', object: { apiVersion: 'v1', kind: 'PersistentVolume', spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath: { path: '/x' } } }, parts: ['', '/status'] },
  { message: 'core.v1.Namespace', path: '/api/v1/namespaces', object: { apiVersion: 'v1', kind: 'Namespace' }, parts: ['', '/status', '/finalize'] },
  { message: 'core.v1.ReplicationController', path: '/api/v1/namespaces/protobuf/replicationcontrollers', object: { apiVersion: 'v1', kind: 'ReplicationController', spec: { replicas: 0, selector: labels, template } }, parts: ['', '/status'] },
  { message: 'core.v1.ResourceQuota', path: '/api/v1/namespaces/protobuf/resourcequotas', object: { apiVersion: 'v1', kind: 'ResourceQuota', spec: { hard: { pods: '5' } } }, parts: ['', '/status'] },
  { message: 'node.v1.RuntimeClass', path: '/apis/node.k8s.io/v1/runtimeclasses', object: { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', handler: 'h', overhead: { podFixed: { cpu: '10m' } } } },
  { message: 'apps.v1.Deployment', path: '/apis/apps/v1/namespaces/protobuf/deployments', object: { apiVersion: 'apps/v1', kind: 'Deployment', spec: { selector: { matchLabels: labels }, template } }, parts: ['', '/status'] },
  { message: 'apps.v1.StatefulSet', path: '/apis/apps/v1/namespaces/protobuf/statefulsets', object: { apiVersion: 'apps/v1', kind: 'StatefulSet', spec: { serviceName: 's', selector: { matchLabels: labels }, template } }, parts: ['', '/status'] },
  { message: 'apps.v1.DaemonSet', path: '/apis/apps/v1/namespaces/protobuf/daemonsets', object: { apiVersion: 'apps/v1', kind: 'DaemonSet', spec: { selector: { matchLabels: labels }, template } }, parts: ['', '/status'] },
  { message: 'batch.v1.Job', path: '/apis/batch/v1/namespaces/protobuf/jobs', object: { apiVersion: 'batch/v1', kind: 'Job', spec: { template: { spec: { ...template.spec, restartPolicy: 'Never' } } } }, parts: ['', '/status'] },
  { message: 'batch.v1.CronJob', path: '/apis/batch/v1/namespaces/protobuf/cronjobs', object: { apiVersion: 'batch/v1', kind: 'CronJob', spec: { schedule: '* * * * *', jobTemplate: { spec: { template: { spec: { ...template.spec, restartPolicy: 'Never' } } } } } }, parts: ['', '/status'] },
  { message: 'policy.v1.PodDisruptionBudget', path: '/apis/policy/v1/namespaces/protobuf/poddisruptionbudgets', object: { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', spec: { minAvailable: '50%', selector: { matchLabels: labels } } }, parts: ['', '/status'] },
  { message: 'networking.v1.Ingress', path: '/apis/networking.k8s.io/v1/namespaces/protobuf/ingresses', object: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } } } }, parts: ['', '/status'] },
  { message: 'storage.v1.StorageClass', path: '/apis/storage.k8s.io/v1/storageclasses', object: { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', provisioner: 'p' } },
  { message: 'storage.v1.CSIDriver', path: '/apis/storage.k8s.io/v1/csidrivers', object: { apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', spec: {} } },
  { message: 'discovery.v1.EndpointSlice', path: '/apis/discovery.k8s.io/v1/namespaces/protobuf/endpointslices', object: { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'] }], ports: [{ port: 80 }] } },
  { message: 'rbac.v1.Role', path: '/apis/rbac.authorization.k8s.io/v1/namespaces/protobuf/roles', object: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] } },
] as { message: string; path: string; object: { apiVersion: string; kind: string }; parts?: string[] }[]) {
  test(`a ${object.kind} that a Go client writes as it has read it is not changed, nor through ${parts.slice(1).join(', ') || 'anything'}`, async () => {
    await post(path, JSON.stringify({ ...object, metadata: { name: 'same', labels } }), 'application/json');
    // The first update stores what reads fill in, as of a claim its phase.
    await send('PUT', `${path}/same`, 'application/json', await send('GET', `${path}/same`, 'application/json'), 'application/json');
    for (const part of parts) {
      const before = JSON.parse((await send('GET', `${path}/same`, 'application/json')).toString()) as { apiVersion: string; kind: string };
      const after = await send('PUT', `${path}/same${part}`, 'application/json', goProtobuf(message, before), 'application/vnd.kubernetes.protobuf');
      assert.deepEqual(JSON.parse(after.toString()), before, part);
    }
  });
}
