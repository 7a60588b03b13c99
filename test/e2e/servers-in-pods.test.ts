import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, suite, test } from 'node:test';
import type { PodSpec } from '../../src/api/generated/core-v1.ts';
import { apiServices, clusterRoleBindings, configMaps, deployments, endpoints, endpointSlices, mutatingWebhookConfigurations, pods, roleBindings, secrets, serviceAccounts, services, validatingWebhookConfigurations } from '../../src/api/refs.ts';
import { ImageStore } from '../../src/cluster/images/image-store.ts';
import { detectMachine, whyNoContainers } from '../../src/cluster/local/detect.ts';
import { issueCredentials, newAuthority } from '../../src/pki/index.ts';
import { unless } from '../support/needs.ts';
import { nodeImage } from '../support/node-image.ts';
import { isGone, ShellCluster } from './support/shell-cluster.ts';

const why = whyNoContainers(await detectMachine());
const skip = unless(why === undefined, why ?? '');
const IMAGE = 'registry.test/node:1';
const NAMESPACE = 'servers';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Servers that the API server asks, and a client that asks it, each in a pod behind its service: with what the conformance tests of webhooks, aggregation and token issuers check. */
suite('servers in pods', { skip }, () => {
  let cluster: ShellCluster;
  let caBundle = '';

  const runPod = (name: string, spec: Partial<PodSpec> = {}, container: object = {}): Promise<unknown> => cluster.create(pods, {
    metadata: { name, labels: { app: name } },
    spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: IMAGE, command: ['node', `/programs/${name}.ts`], ...container }], ...spec },
  }, NAMESPACE);
  const runServer = async (name: string): Promise<void> => {
    await cluster.create(services, { metadata: { name }, spec: { selector: { app: name }, ports: [{ port: 8443, targetPort: 8444 }] } }, NAMESPACE);
    const volume = { volumes: [{ name: 'certificates', secret: { secretName: 'certificates' } }] };
    await runPod(name, { serviceAccountName: 'reader', ...volume }, { volumeMounts: [{ name: 'certificates', mountPath: '/certificates', readOnly: true }], readinessProbe: { tcpSocket: { port: 8444 }, periodSeconds: 1, timeoutSeconds: 30 } });
    await cluster.readyPods(NAMESPACE, `app=${name}`, 1);
    // Readiness is told of first, and then of where the service leads.
    await cluster.until('the service leads to it', async () => {
      const { items } = await cluster.client.resource(endpointSlices, NAMESPACE).list({ labelSelector: `kubernetes.io/service-name=${name}`, signal: cluster.signal });
      return items.some(({ endpoints: found }) => found?.some(({ conditions }) => conditions?.ready));
    });
  };
  /** What a pod says as it ends, which it must do well. */
  const endOf = async (name: string): Promise<string> => {
    const { status } = await cluster.until('it has ended', async () => {
      const pod = await cluster.client.resource(pods, NAMESPACE).get(name, { signal: cluster.signal });
      return ['Succeeded', 'Failed'].includes(pod.status.phase ?? '') && pod;
    });
    const { exitCode, message = '' } = status.containerStatuses?.[0]?.state.terminated ?? {};
    assert.equal(exitCode, 0, message);
    return message;
  };
  const bind = (name: string, role: string): Promise<unknown> => cluster.create(clusterRoleBindings, {
    metadata: { name }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role }, subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace: NAMESPACE }],
  });

  before(async () => {
    cluster = await ShellCluster.start({ nodes: 2 });
    await new ImageStore(join(cluster.dataDir, 'images')).load(Readable.from([await nodeImage(IMAGE)]));
    await cluster.newNamespace(NAMESPACE);
    await cluster.until('the namespace has its service account', async () => !(await isGone(cluster.client, serviceAccounts, NAMESPACE, 'default', cluster.signal)));
    await cluster.create(serviceAccounts, { metadata: { name: 'reader' } }, NAMESPACE);
    const validity = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 86_400_000 };
    const authority = newAuthority({ commonName: 'e2e-ca', ...validity });
    const names = ['webhook', 'extension'].map((name) => `${name}.${NAMESPACE}.svc`);
    const serving = issueCredentials(authority, { subject: { commonName: 'e2e' }, names: { dnsNames: names, ipAddresses: [] }, usages: ['server auth'], ...validity });
    caBundle = base64(authority.certificatePem);
    await cluster.create(secrets, { metadata: { name: 'certificates' }, data: { 'tls.crt': base64(serving.certificatePem), 'tls.key': base64(serving.keyPem) } }, NAMESPACE);
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  test('a pod finds that its token is what the issuer of the cluster says', async () => {
    await bind('e2e-issuer', 'system:service-account-issuer-discovery');
    const token = { serviceAccountToken: { path: 'sa-token', expirationSeconds: 7200, audience: 'oidc-discovery-test' } };
    await runPod('issuer', { serviceAccountName: 'reader', restartPolicy: 'Never', volumes: [{ name: 'token', projected: { sources: [token] } }] }, { volumeMounts: [{ name: 'token', mountPath: '/var/run/secrets/tokens', readOnly: true }], terminationMessagePolicy: 'FallbackToLogsOnError' });
    assert.deepEqual(JSON.parse(await endOf('issuer')), { aud: ['oidc-discovery-test'], sub: `system:serviceaccount:${NAMESPACE}:reader`, isSigned: true, isIssuer: true, isAlgorithm: true });
  });

  test('a pod has the token of its account, the authority and its namespace where every client looks for them', async () => {
    await cluster.create(serviceAccounts, { metadata: { name: 'mount-test' } }, NAMESPACE);
    await runPod('mounts', { serviceAccountName: 'mount-test', restartPolicy: 'Never' }, { command: ['sh', '-c', 'cd /var/run/secrets/kubernetes.io/serviceaccount && { cat namespace; echo; cat token; echo; cat ca.crt; } > /dev/termination-log'] });
    const [namespace, token, ...authority] = (await endOf('mounts')).split('\n');
    const root = await cluster.client.resource(configMaps, NAMESPACE).get('kube-root-ca.crt', { signal: cluster.signal });
    assert.deepEqual([namespace, authority.join('\n')], [NAMESPACE, root.data?.['ca.crt']]);
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } };
    const { status } = await cluster.client.send({ method: 'POST', path: '/apis/authentication.k8s.io/v1/tokenreviews', body: review, signal: cluster.signal }) as { status: { authenticated: boolean; error?: string; user: { username: string; groups: string[] } } };
    assert.deepEqual([status.authenticated, status.error, status.user.username], [true, undefined, `system:serviceaccount:${NAMESPACE}:mount-test`]);
    for (const group of ['system:authenticated', 'system:serviceaccounts', `system:serviceaccounts:${NAMESPACE}`]) assert.ok(status.user.groups.includes(group), group);
  });

  test('a projected volume has a token of the account', async () => {
    const projected = { sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 3600 } }] };
    await runPod('projected', { restartPolicy: 'Never', volumes: [{ name: 'test-volume', projected }] }, { command: ['sh', '-c', 'cat /test-volume/token > /dev/termination-log'], volumeMounts: [{ name: 'test-volume', mountPath: '/test-volume', readOnly: true }] });
    assert.match(await endOf('projected'), /^[\w=-]+\.[\w=-]+\.?[\w.+/=-]*$/);
  });

  test('a guestbook of frontends, a primary and its replicas, each behind a service, keeps what is written to it', async () => {
    const part = async (name: string, role: string, replicas: number, port: number): Promise<void> => {
      const labels = { app: 'guestbook', part: name };
      await cluster.create(services, { metadata: { name, labels }, spec: { selector: labels, ports: [{ port }] } }, NAMESPACE);
      const container = { name: role, image: IMAGE, command: ['node', '/programs/guestbook.ts', role], ports: [{ containerPort: port }], env: [{ name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }] };
      await cluster.create(deployments, { metadata: { name }, spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 0, containers: [container] } } } }, NAMESPACE);
    };
    await part('agnhost-primary', 'primary', 1, 6379);
    await part('agnhost-replica', 'replica', 2, 6379);
    await part('frontend', 'frontend', 3, 80);
    await cluster.readyPods(NAMESPACE, 'app=guestbook', 6);
    const ask = async (cmd: string, value = ''): Promise<unknown> => (await cluster.client.transport.send({ method: 'GET', path: `/api/v1/namespaces/${NAMESPACE}/services/frontend/proxy/guestbook`, query: { cmd, key: 'messages', value }, signal: cluster.signal })).body;
    await cluster.until('it answers', async () => (await ask('get')) === '{"data":""}');
    await cluster.until('it takes an entry', async () => (await ask('set', 'TestEntry')) === '{"message":"Updated"}');
    await cluster.until('the entry is there', async () => (await ask('get')) === '{"data":"TestEntry"}');
    for (const name of ['frontend', 'agnhost-replica', 'agnhost-primary']) {
      await cluster.client.resource(deployments, NAMESPACE).delete(name, { propagationPolicy: 'Background', signal: cluster.signal });
      await cluster.client.resource(services, NAMESPACE).delete(name, { signal: cluster.signal });
    }
    await cluster.until('its pods are gone', async () => (await cluster.client.resource(pods, NAMESPACE).list({ labelSelector: 'app=guestbook', signal: cluster.signal })).items.length === 0);
  });

  test('webhooks in a pod are asked: what they deny is denied, what they change is changed', async () => {
    await runServer('webhook');
    const hook = (name: string, path: string): object => ({
      metadata: { name },
      webhooks: [{
        name: `${name}.k8s.io`, clientConfig: { service: { namespace: NAMESPACE, name: 'webhook', path, port: 8443 }, caBundle }, sideEffects: 'None', admissionReviewVersions: ['v1'],
        rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }], namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': NAMESPACE } },
      }],
    });
    await cluster.create(validatingWebhookConfigurations, hook('deny', '/configmaps'));
    await cluster.create(mutatingWebhookConfigurations, hook('mutate', '/mutating-configmaps'));
    const make = (name: string, data: Record<string, string>) => cluster.create(configMaps, { metadata: { name }, data }, NAMESPACE);
    const { data } = await cluster.until('it is changed', async () => {
      const made = await make(`mutated-${performance.now()}`.replace('.', '-'), { 'mutation-start': 'yes' });
      return made.data?.['mutation-stage-1'] !== undefined && made;
    });
    assert.deepEqual(data, { 'mutation-start': 'yes', 'mutation-stage-1': 'yes' });
    await assert.rejects(make('denied', { 'webhook-e2e-test': 'webhook-disallow' }), { message: 'admission webhook "deny.k8s.io" denied the request: the configmap contains unwanted key and value' });
  });

  test('an API server in a pod is found, trusted and asked, and asks who may', async () => {
    await bind('e2e-delegator', 'system:auth-delegator');
    await cluster.create(roleBindings, {
      metadata: { name: 'e2e-authentication-reader' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'extension-apiserver-authentication-reader' },
      subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace: NAMESPACE }],
    }, 'kube-system');
    await runServer('extension');
    const name = 'v1alpha1.wardle.example.com';
    await cluster.create(apiServices, { metadata: { name }, spec: { service: { namespace: NAMESPACE, name: 'extension', port: 8443 }, group: 'wardle.example.com', version: 'v1alpha1', caBundle, groupPriorityMinimum: 2000, versionPriority: 200 } });
    await cluster.until('it is available', async () => {
      const { status } = await cluster.client.resource(apiServices).get(name, { signal: cluster.signal });
      return status?.conditions?.some(({ type, status: is }) => type === 'Available' && is === 'True');
    });
    const path = `/apis/wardle.example.com/v1alpha1/namespaces/${NAMESPACE}/flunders`;
    const send = (method: 'GET' | 'POST' | 'DELETE', at = path, body?: object) => cluster.client.send({ method, path: at, signal: cluster.signal, ...(body && { body }) });
    const made = await send('POST', path, { apiVersion: 'wardle.example.com/v1alpha1', kind: 'Flunder', metadata: { name: 'first' } }) as { metadata: { name: string; namespace: string } };
    assert.deepEqual([made.metadata.name, made.metadata.namespace], ['first', NAMESPACE]);
    assert.equal((await send('GET') as { items: unknown[] }).items.length, 1);
    assert.equal((await send('DELETE', `${path}/first`) as { kind: string }).kind, 'Flunder');
    await assert.rejects(send('GET', `${path}/first`), { code: 404, reason: 'NotFound' });
    const { resources } = await send('GET', '/apis/wardle.example.com/v1alpha1') as { resources: { name: string }[] };
    assert.deepEqual(resources.map((one) => one.name), ['flunders']);
    assert.deepEqual((await send('GET') as { items: unknown[] }).items, []);
    const own = cluster.client.resource(apiServices);
    const option = { signal: cluster.signal };
    const condition = async (type: string) => (await own.get(name, option)).status.conditions?.find((one) => one.type === type);
    assert.equal((await own.get(name, option)).status.conditions?.[0]?.message, 'all checks passed');
    assert.equal((await own.patch(name, { type: 'merge', patch: { spec: { versionPriority: 400 } } }, option)).spec.versionPriority, 400);
    assert.ok((await own.list(option)).items.some(({ metadata }) => metadata.name === name));
    const told = (type: string) => ({ type, status: 'True', reason: 'E2E', message: 'Set from e2e test', lastTransitionTime: '2026-01-01T00:00:00Z' });
    const now = await own.get(name, option);
    await own.updateStatus({ ...now, status: { conditions: [...now.status.conditions ?? [], told('StatusUpdated')] } } as never, option);
    assert.equal((await condition('StatusUpdated'))?.reason, 'E2E');
    const labels = { [name]: 'updated' };
    const current = await own.get(name, option);
    await own.update({ ...current, metadata: { ...current.metadata, labels } } as never, option);
    const conditions = [...(await own.get(name, option)).status.conditions ?? [], told('StatusPatched')];
    await own.patch(name, { type: 'merge', patch: { status: { conditions } } }, option, 'status');
    assert.equal((await condition('StatusPatched'))?.reason, 'E2E');
    await own.deleteCollection({ labelSelector: `${name}=updated`, signal: cluster.signal });
    assert.deepEqual((await own.list({ labelSelector: `${name}=updated`, signal: cluster.signal })).items, []);
  });

  test('a proxy leads through a service and to a pod, over HTTP and HTTPS, by names and numbers of ports, many at a time', async () => {
    const page = (path: string): string => `<a href="${path}">test</a>`;
    const served = { PORT_80: page('/rewriteme'), PORT_1080: page('/rewriteme'), PORT_160: 'foo', PORT_162: 'bar', TLS_PORT_443: page('/tlsrewriteme'), TLS_PORT_460: 'tls baz', TLS_PORT_462: 'tls qux' };
    const ports = [['portname1', 80, 'dest1'], ['portname2', 81, 162], ['tlsportname1', 443, 'tlsdest1'], ['tlsportname2', 444, 462]].map(([name, port, targetPort]) => ({ name, port, targetPort }));
    await cluster.create(services, { metadata: { name: 'porter' }, spec: { selector: { app: 'porter' }, ports } }, NAMESPACE);
    await runPod('porter', { volumes: [{ name: 'certificates', secret: { secretName: 'certificates' } }] }, {
      env: Object.entries(served).map(([name, value]) => ({ name: `SERVE_${name}`, value })), volumeMounts: [{ name: 'certificates', mountPath: '/certificates', readOnly: true }],
      ports: [{ containerPort: 80 }, { name: 'dest1', containerPort: 160 }, { name: 'dest2', containerPort: 162 }, { name: 'tlsdest1', containerPort: 460 }, { name: 'tlsdest2', containerPort: 462 }],
      readinessProbe: { httpGet: { port: 80 }, periodSeconds: 1, timeoutSeconds: 30 },
    });
    await cluster.readyPods(NAMESPACE, 'app=porter', 1);
    await cluster.until('it has endpoints', async () => (await cluster.client.resource(endpoints, NAMESPACE).get('porter', { signal: cluster.signal })).subsets?.some(({ addresses }) => addresses?.length));
    const at = (kind: 'services' | 'pods', target: string): string => `/api/v1/namespaces/${NAMESPACE}/${kind}/${target}/proxy`;
    const expected = new Map([
      ...[['porter:portname1', 'foo'], ['http:porter:portname1', 'foo'], ['porter:portname2', 'bar'], ['http:porter:portname2', 'bar'], ['https:porter:tlsportname1', 'tls baz'], ['https:porter:tlsportname2', 'tls qux']].map(([target = '', text = '']) => [at('services', target), text] as const),
      ...['porter', 'porter:1080', 'http:porter:1080'].map((target) => [at('pods', target), page(`${at('pods', target)}/rewriteme`)] as const),
      ...[['porter:160', 'foo'], ['http:porter:160', 'foo'], ['porter:162', 'bar'], ['http:porter:162', 'bar'], ['https:porter:460', 'tls baz'], ['https:porter:462', 'tls qux']].map(([target = '', text = '']) => [at('pods', target), text] as const),
      [at('pods', 'https:porter:443'), page(`${at('pods', 'https:porter:443')}/tlsrewriteme`)],
    ]);
    for (let round = 0; round < 20; round++) {
      const answers = await Promise.all([...expected.keys()].map(async (path) => [path, (await cluster.client.transport.send({ method: 'GET', path: `${path}/`, query: {}, headers: {}, signal: cluster.signal })).body] as const));
      assert.deepEqual(new Map(answers), expected);
    }
  });

  test('a proxy passes on each method, to a pod and to a service, with and without a path', async () => {
    await runPod('methods', {}, { command: ['node', '/programs/porter.ts'], env: [{ name: 'SERVE_PORT_80', value: 'foo' }, { name: 'JSON_RESPONSE', value: 'true' }], readinessProbe: { httpGet: { port: 80 }, periodSeconds: 1, timeoutSeconds: 30 } });
    await cluster.readyPods(NAMESPACE, 'app=methods', 1);
    await cluster.create(services, { metadata: { name: 'methods' }, spec: { selector: { app: 'methods' }, ports: [{ port: 80, targetPort: 80 }] } }, NAMESPACE);
    for (const kind of ['pods', 'services']) {
      const proxy = `/api/v1/namespaces/${NAMESPACE}/${kind}/methods/proxy`;
      const ask = async (method: string, path: string): Promise<string> => {
        const { status, body } = await cluster.client.transport.send({ method: method as 'GET', path, query: { method }, headers: {}, signal: cluster.signal });
        return `${status} ${typeof body === 'string' ? body : ''}`;
      };
      const answers = (method: string, path: string): Promise<unknown> =>
        cluster.until(`${method} ${path}`, async () => (await ask(method, path)) === (method === 'HEAD' ? '200 ' : `200 ${JSON.stringify({ Method: method, Body: 'foo' })}`));
      for (const method of ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']) await answers(method, `${proxy}/some/path/with/${method}`);
      for (const method of ['DELETE', 'OPTIONS', 'PATCH', 'POST', 'PUT']) await answers(method, proxy);
      for (const method of ['GET', 'HEAD']) assert.match(await ask(method, proxy), /^301 /);
    }
  });
});
