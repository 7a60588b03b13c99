import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Container, Pod, PodSpec } from '../../src/api/generated/core-v1.ts';
import { configMaps, pods, replicationControllers, secrets, serviceAccounts } from '../../src/api/refs.ts';
import type { DeepReadonly } from '../../src/apimachinery/meta.ts';
import { detectMachine, whyNoContainers } from '../../src/cluster/local/detect.ts';
import { unless } from '../support/needs.ts';
import { isGone, SHELL_IMAGE, ShellCluster } from './support/shell-cluster.ts';

const why = whyNoContainers(await detectMachine());
const NAMESPACE = 'node';
/** Keeps what is written to it in a file, and shows it. */
const NOTEBOOK = `mkdir -p /tmp/www/cgi-bin; cd /tmp/www
printf '#!/bin/sh\\nprintf "Content-Type: text/plain\\\\r\\\\n\\\\r\\\\n"; echo "\${QUERY_STRING}$(head -c "\${CONTENT_LENGTH:-0}")" >> /tmp/notes\\n' > cgi-bin/write
printf '#!/bin/sh\\nprintf "Content-Type: text/plain\\\\r\\\\n\\\\r\\\\n"; cat /tmp/notes\\n' > cgi-bin/read
chmod 755 cgi-bin/*; touch /tmp/notes; exec httpd -f -p 8080 -h /tmp/www`;

/** The steps of conformance tests of sig-node and sig-storage that take several nodes, or many pods at once. */
suite('what the conformance tests ask of several nodes', { skip: unless(why === undefined, why ?? '') }, () => {
  let cluster: ShellCluster;
  let nodes: readonly string[];
  const resource = () => cluster.client.resource(pods, NAMESPACE);
  const sh = (script: string): Pick<Container, 'image' | 'command'> => ({ image: SHELL_IMAGE, command: ['sh', '-c', script] });
  const make = (name: string, container: Partial<Container>, spec: Partial<PodSpec> = {}): Promise<DeepReadonly<Pod>> =>
    cluster.create(pods, { metadata: { name }, spec: { terminationGracePeriodSeconds: 5, containers: [{ name: 'main', ...container }], ...spec } }, NAMESPACE);
  const ready = (name: string): Promise<DeepReadonly<Pod>> => cluster.until(`pod ${name} is Ready`, async () => {
    const pod = await resource().get(name, { signal: cluster.signal });
    return pod.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true && pod;
  }, 60);
  const gone = (name: string): Promise<true> => cluster.until(`pod ${name} is gone`, async () => (await isGone(cluster.client, pods, NAMESPACE, name, cluster.signal)) || undefined, 60);
  const notebook = async (name: string, nodeName: string | undefined): Promise<DeepReadonly<Pod>> => {
    await make(name, { ...sh(NOTEBOOK), ports: [{ containerPort: 8080 }], readinessProbe: { httpGet: { path: '/cgi-bin/read', port: 8080 }, periodSeconds: 1 } } as Partial<Container>, { ...(nodeName !== undefined && { nodeName }) });
    return ready(name);
  };
  /** What was written to a notebook. */
  const notesOf = async (name: string): Promise<string> => (await fetch(`http://${(await resource().get(name, { signal: cluster.signal })).status.podIP}:8080/cgi-bin/read`)).text();

  before(async () => {
    cluster = await ShellCluster.start({ nodes: 3 });
    await cluster.newNamespace(NAMESPACE);
    await cluster.until('the namespace has its service account', async () => !(await isGone(cluster.client, serviceAccounts, NAMESPACE, 'default', cluster.signal)));
    nodes = (await cluster.machines()).map(({ name }) => name);
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  test('PreStop should call prestop when killing a pod', async () => {
    const server = await notebook('server', undefined);
    await make('tester', { ...sh('sleep 600'), lifecycle: { preStop: { exec: { command: ['wget', '-O-', '--post-data={"Source": "prestop"}', `http://${server.status.podIP}:8080/cgi-bin/write`] } } } });
    await ready('tester');
    await resource().delete('tester', { signal: cluster.signal });
    await cluster.until('the server was told', async () => (await notesOf('server')).includes('{"Source": "prestop"}'), 60);
    await gone('tester');
  });

  test('Container Lifecycle Hook: HTTP hooks reach a pod on another node', async () => {
    const handler = await notebook('pod-handle-http-request', nodes[1]);
    const hook = (msg: string) => ({ httpGet: { path: `/cgi-bin/write?msg=${msg}`, host: handler.status.podIP ?? '', port: 8080 } });
    await make('with-http-hooks', { ...sh('sleep 600'), lifecycle: { postStart: hook('poststart'), preStop: hook('prestop') } } as Partial<Container>, { nodeName: nodes[0] ?? '' });
    await ready('with-http-hooks');
    await resource().delete('with-http-hooks', { gracePeriodSeconds: 15, signal: cluster.signal });
    await gone('with-http-hooks');
    assert.equal(await notesOf('pod-handle-http-request'), 'msg=poststart\nmsg=prestop\n');
  });

  test('EmptyDir wrapper volumes should not cause race condition when used for configmaps', async () => {
    const names = Array.from({ length: 50 }, (_, index) => `racey-configmap-${index}`);
    await Promise.all(names.map((name) => cluster.create(configMaps, { metadata: { name }, data: { 'data-1': 'value-1' } }, NAMESPACE)));
    const controllers = cluster.client.resource(replicationControllers, NAMESPACE);
    for (const round of [1, 2, 3]) {
      const name = `wrapped-volume-race-${round}`;
      const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [nodes[0]] }] }] } } };
      const container = { name: 'test-container', ...sh('sleep 10000'), resources: { requests: { cpu: '10m' } }, volumeMounts: names.map((own) => ({ name: own, mountPath: `/etc/config-${own}` })) };
      const template = { metadata: { labels: { name } }, spec: { terminationGracePeriodSeconds: 0, affinity, dnsPolicy: 'Default', containers: [container], volumes: names.map((own) => ({ name: own, configMap: { name: own, items: [{ key: 'data-1', path: 'data-1' }] } })) } };
      await cluster.create(replicationControllers, { metadata: { name }, spec: { replicas: 5, selector: { name }, template } }, NAMESPACE);
      const running = await cluster.readyPods(NAMESPACE, `name=${name}`, 5);
      assert.deepEqual([...new Set(running.map(({ spec }) => spec.nodeName))], [nodes[0]]);
      await controllers.delete(name, { propagationPolicy: 'Background', signal: cluster.signal });
      await cluster.until('its pods are gone', async () => (await resource().list({ labelSelector: `name=${name}`, signal: cluster.signal })).items.length === 0, 60);
    }
  });

  test('forty pods at once, each with volumes of all kinds, end well on all nodes and say what they saw', async () => {
    await cluster.create(secrets, { metadata: { name: 'secret' }, data: { 'data-1': Buffer.from('value-2').toString('base64') } }, NAMESPACE);
    const script = `{ cat /v/labels /v/config /v/secret; stat -L -c %a%g /v/secret; test -s /v/token && echo token; cat /made/before; stat -f -c %T /memory; } > /dev/termination-log 2>&1`;
    const projected = { sources: [
      { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: "metadata.labels['own']" } }] } }, { configMap: { name: 'racey-configmap-1', items: [{ key: 'data-1', path: 'config' }] } },
      { secret: { name: 'secret', items: [{ key: 'data-1', path: 'secret', mode: 0o440 }] } }, { serviceAccountToken: { path: 'token', expirationSeconds: 3600 } },
    ] };
    const volumes = [{ name: 'v', projected }, { name: 'work', emptyDir: {} }, { name: 'memory', emptyDir: { medium: 'Memory' } }];
    const work = { name: 'work', mountPath: '/made' };
    await Promise.all(Array.from({ length: 40 }, (_, index) => cluster.create(pods, {
      metadata: { name: `many-${index}`, labels: { many: 'yes', own: `label-${index} `.trim() } },
      spec: {
        restartPolicy: 'Never', terminationGracePeriodSeconds: 0, securityContext: { runAsUser: 1000, fsGroup: 1001 }, volumes, initContainers: [{ name: 'first', ...sh('echo -n before > /made/before'), volumeMounts: [work] }],
        containers: [{ name: 'main', ...sh(script), volumeMounts: [{ name: 'v', mountPath: '/v' }, work, { name: 'memory', mountPath: '/memory' }] }],
      },
    }, NAMESPACE)));
    const ended = await cluster.until('all have ended', async () => {
      const { items } = await resource().list({ labelSelector: 'many=yes', signal: cluster.signal });
      return items.every(({ status }) => ['Succeeded', 'Failed'].includes(status.phase ?? '')) && items;
    }, 120);
    assert.deepEqual(ended.map(({ metadata, status }) => [metadata.labels?.own, status.phase, status.containerStatuses?.[0]?.state?.terminated?.message]).filter(([own, phase, said]) => phase !== 'Succeeded' || said !== `${own}value-1value-24401001\ntoken\nbeforetmpfs\n`), []);
    assert.equal(new Set(ended.map(({ spec }) => spec.nodeName)).size, 3);
    await resource().deleteCollection({ labelSelector: 'many=yes', signal: cluster.signal });
    await cluster.until('they are gone', async () => (await resource().list({ labelSelector: 'many=yes', signal: cluster.signal })).items.length === 0, 60);
  });
});
