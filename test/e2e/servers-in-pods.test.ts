import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, suite, test } from 'node:test';
import type { PodSpec } from '../../src/api/generated/core-v1.ts';
import { apiServices, clusterRoleBindings, configMaps, mutatingWebhookConfigurations, pods, roleBindings, secrets, serviceAccounts, services, validatingWebhookConfigurations } from '../../src/api/refs.ts';
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
    await runPod(name, { serviceAccountName: 'reader', ...volume }, { volumeMounts: [{ name: 'certificates', mountPath: '/certificates', readOnly: true }], readinessProbe: { tcpSocket: { port: 8444 }, periodSeconds: 1 } });
    await cluster.readyPods(NAMESPACE, `app=${name}`, 1);
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
    const { status } = await cluster.until('the check has ended', async () => {
      const pod = await cluster.client.resource(pods, NAMESPACE).get('issuer', { signal: cluster.signal });
      return ['Succeeded', 'Failed'].includes(pod.status.phase ?? '') && pod;
    });
    const { exitCode, message = '' } = status.containerStatuses?.[0]?.state.terminated ?? {};
    assert.equal(exitCode, 0, message);
    assert.deepEqual(JSON.parse(message), { aud: ['oidc-discovery-test'], sub: `system:serviceaccount:${NAMESPACE}:reader`, isSigned: true, isIssuer: true, isAlgorithm: true });
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
  });
});
