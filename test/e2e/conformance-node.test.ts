import assert from 'node:assert/strict';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, suite, test } from 'node:test';
import { WebSocket } from 'ws';
import type { Container, Pod, PodSpec } from '../../src/api/generated/core-v1.ts';
import { configMaps, pods, replicationControllers, secrets, serviceAccounts } from '../../src/api/refs.ts';
import type { DeepReadonly } from '../../src/apimachinery/meta.ts';
import { hasReason } from '../../src/apimachinery/status.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { loadCertificates } from '../../src/cluster/certificates.ts';
import { detectMachine, whyNoContainers } from '../../src/cluster/local/detect.ts';
import { connectRemoteCommandWebSocket } from '../../src/streaming/index.ts';
import { unless } from '../support/needs.ts';
import { isGone, SHELL_IMAGE, ShellCluster } from './support/shell-cluster.ts';

const why = whyNoContainers(await detectMachine());
const NAMESPACE = 'node';
/** Keeps what is written to it in a file, and shows it. */
const NOTEBOOK = `mkdir -p /tmp/www/cgi-bin; cd /tmp/www
printf '#!/bin/sh\\nprintf "Content-Type: text/plain\\\\r\\\\n\\\\r\\\\n"; echo "\${QUERY_STRING}$(head -c "\${CONTENT_LENGTH:-0}")" >> /tmp/notes\\n' > cgi-bin/write
printf '#!/bin/sh\\nprintf "Content-Type: text/plain\\\\r\\\\n\\\\r\\\\n"; cat /tmp/notes\\n' > cgi-bin/read
chmod 755 cgi-bin/*; touch /tmp/notes; exec httpd -f -p 8080 -h /tmp/www`;
/** Asks the notebook at $TARGET whatever it is asked itself. */
const DIALER = `mkdir -p /tmp/www/cgi-bin; cd /tmp/www; touch index.html
printf '#!/bin/sh\nprintf "Content-Type: text/plain\\r\\n\\r\\n"; wget -qO- "http://'$TARGET':8080/cgi-bin/write?$QUERY_STRING"\n' > cgi-bin/dial
chmod 755 cgi-bin/*; trap 'exit 0' TERM; httpd -f -p 8080 -h /tmp/www & wait`;

/** The steps of conformance tests of sig-node and sig-storage that take several nodes, or many pods at once. */
suite('what the conformance tests ask of several nodes', { skip: unless(why === undefined, why ?? '') }, () => {
  let cluster: ShellCluster;
  let nodes: readonly string[];
  const resource = () => cluster.client.resource(pods, NAMESPACE);
  const sh = (script: string): Pick<Container, 'image' | 'command'> => ({ image: SHELL_IMAGE, command: ['sh', '-c', script] });
  const make = (name: string, container: Partial<Container>, spec: Partial<PodSpec> = {}): Promise<DeepReadonly<Pod>> =>
    cluster.create(pods, { metadata: { name }, spec: { terminationGracePeriodSeconds: 5, containers: [{ name: 'main', ...container }], ...spec } }, NAMESPACE);
  const at = (path: string): string => `/api/v1/namespaces/${NAMESPACE}/pods/${path}`;
  const tls = () => {
    const { authority, admin } = loadCertificates({ folder: join(cluster.dataDir, 'pki'), clock: new SystemClock(), names: { dnsNames: [], ipAddresses: [] } });
    return { ca: authority.certificatePem, cert: admin.certificatePem, key: admin.keyPem };
  };
  const logOf = (name: string, container = 'main', more: Record<string, string> = {}): Promise<string> => resource().subresource<string>(name, 'log', { method: 'GET', query: { container, ...more }, signal: cluster.signal });
  /** What a command in a container says, through the API. */
  const execIn = async (pod: string, container: string, ...command: string[]): Promise<string> => {
    const query = new URLSearchParams([['container', container], ['stdout', '1'], ['stderr', '1'], ...command.map((word) => ['command', word])]);
    const running = await connectRemoteCommandWebSocket({ url: new URL(`${cluster.server}${at(pod)}/exec?${query.toString()}`), tls: tls() }, { stdin: false, stdout: true, stderr: true, tty: false });
    assert.ok(running.stdout && running.stderr);
    const [said, complaint, { status }] = await Promise.all([text(running.stdout), text(running.stderr), running.status]);
    running.close();
    assert.equal(status, 'Success', complaint);
    return said;
  };
  /** All that comes over a WebSocket of the suite's until its end, which must be a clean one. */
  const overWebSocket = async (path: string, protocol: string): Promise<Buffer[]> => {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer[]>();
    const messages: Buffer[] = [];
    const socket = new WebSocket(`${cluster.server.replace('https', 'wss')}${path}`, [protocol], { ...tls(), origin: 'http://localhost', perMessageDeflate: false });
    socket.on('message', (data: Buffer) => messages.push(data)).on('error', reject);
    socket.on('close', (code) => (code === 1000 && socket.protocol === protocol ? resolve(messages) : reject(new Error(`closed with ${code}, as ${socket.protocol}`))));
    return promise;
  };
  const ready = (name: string): Promise<DeepReadonly<Pod>> => cluster.until(`pod ${name} is Ready`, async () => {
    const pod = await resource().get(name, { signal: cluster.signal });
    return pod.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true && pod;
  });
  const gone = (name: string): Promise<true> => cluster.until(`pod ${name} is gone`, async () => (await isGone(cluster.client, pods, NAMESPACE, name, cluster.signal)) || undefined);
  const notebook = async (name: string, nodeName: string | undefined): Promise<DeepReadonly<Pod>> => {
    await make(name, { ...sh(NOTEBOOK), ports: [{ containerPort: 8080 }], readinessProbe: { httpGet: { path: '/cgi-bin/read', port: 8080 }, periodSeconds: 1, timeoutSeconds: 30 } } as Partial<Container>, { ...(nodeName !== undefined && { nodeName }) });
    return ready(name);
  };
  /** What was written to a notebook, asked through the API. */
  const notesOf = async (name: string): Promise<string> => ((await cluster.client.send({ method: 'GET', path: at(`${name}/proxy/cgi-bin/read`), signal: cluster.signal })) as string | undefined) ?? '';

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
    await make('tester', { ...sh("trap 'exit 0' TERM; sleep 600 & wait"), lifecycle: { preStop: { exec: { command: ['wget', '-O-', '--post-data={"Source": "prestop"}', `http://${server.status.podIP}:8080/cgi-bin/write`] } } } }, { terminationGracePeriodSeconds: 120 });
    await ready('tester');
    await resource().delete('tester', { signal: cluster.signal });
    await cluster.until('the server was told', async () => (await notesOf('server')).includes('{"Source": "prestop"}'));
    await gone('tester');
  });

  test('Container Lifecycle Hook: HTTP hooks reach a pod on another node', async () => {
    const handler = await notebook('pod-handle-http-request', nodes[1]);
    const hook = (msg: string) => ({ httpGet: { path: `/cgi-bin/write?msg=${msg}`, host: handler.status.podIP ?? '', port: 8080 } });
    await make('with-http-hooks', { ...sh("trap 'exit 0' TERM; sleep 600 & wait"), lifecycle: { postStart: hook('poststart'), preStop: hook('prestop') } } as Partial<Container>, { nodeName: nodes[0] ?? '' });
    await ready('with-http-hooks');
    await resource().delete('with-http-hooks', { gracePeriodSeconds: 120, signal: cluster.signal });
    await gone('with-http-hooks');
    assert.equal(await notesOf('pod-handle-http-request'), 'msg=poststart\nmsg=prestop\n');
  });

  for (const kind of ['poststart exec', 'prestop exec', 'poststart http', 'prestop http']) {
    test(`Container Lifecycle Hook when create a pod with lifecycle hook should execute ${kind} hook properly`, async () => {
      const [when = '', how] = kind.split(' ');
      const name = `pod-with-${when}-${how}-hook`;
      const handler = await notebook(`handles-${when}-${how}`, nodes[2]);
      const target = handler.status.podIP ?? '';
      // Asks the pod's own address: its sidecar hears of it, which must not have ended yet when the pod ends.
      const http = { httpGet: { path: `/cgi-bin/dial?msg=${when}`, port: 8080 } };
      const exec = { exec: { command: ['sh', '-c', `wget -qO- 'http://${target}:8080/cgi-bin/write?msg=${when}'`] } };
      const sidecar = { name: 'container-redirect', ...sh(DIALER), env: [{ name: 'TARGET', value: target }], restartPolicy: 'Always', startupProbe: { httpGet: { path: '/index.html', port: 8080 }, periodSeconds: 1, timeoutSeconds: 30, failureThreshold: 60 } };
      const lifecycle = { [when === 'poststart' ? 'postStart' : 'preStop']: how === 'http' ? http : exec };
      await make(name, { ...sh("trap 'exit 0' TERM; sleep 600 & wait"), lifecycle } as Partial<Container>, { nodeName: nodes[2] ?? '', initContainers: [sidecar as Container] });
      await ready(name);
      assert.equal(await notesOf(handler.metadata.name), when === 'poststart' ? 'msg=poststart\n' : '');
      await resource().delete(name, { gracePeriodSeconds: 120, signal: cluster.signal });
      await gone(name);
      assert.equal(await notesOf(handler.metadata.name), `msg=${when}\n`);
    });
  }

  test('Kubelet when scheduling a busybox command in a pod should print the output to logs', async () => {
    await make('busybox-scheduling', sh("echo 'Hello World' ; sleep 240"), { restartPolicy: 'Never' });
    await ready('busybox-scheduling');
    const sinceTime = new Date(Date.now() - 3_600_000).toISOString().replace(/\.\d+/, '');
    await cluster.until('the log is all there', async () => (await logOf('busybox-scheduling', 'main', { sinceTime })) === 'Hello World\n');
  });

  test('Pods should support remote command execution over websockets, and retrieving logs from the container over websockets', async () => {
    await make('pod-websocket', sh('echo container is alive; sleep 600'));
    await ready('pod-websocket');
    const messages = await overWebSocket(`${at('pod-websocket')}/exec?stderr=1&stdout=1&container=main&command=echo&command=remote+execution+test`, 'channel.k8s.io');
    for (const message of messages) assert.ok(message[0] === 1 || message.length <= 1, `of another channel: ${message.toString('hex')}`);
    assert.equal(Buffer.concat(messages.map((message) => message.subarray(1))).toString(), 'remote execution test\n');
    await cluster.until('the log is all there', async () => (await logOf('pod-websocket')) === 'container is alive\n');
    const log = await overWebSocket(`${at('pod-websocket')}/log?container=main`, 'binary.k8s.io');
    assert.equal(Buffer.concat(log.filter((message) => message.toString().trim() !== '')).toString(), 'container is alive\n');
  });

  test('Ephemeral Containers will start an ephemeral container in an existing pod, and should update the ephemeral containers in an existing pod', async () => {
    const name = 'ephemeral-containers-target-pod';
    await make(name, { image: SHELL_IMAGE, command: ['/bin/sleep'], args: ['10000'] });
    assert.equal((await ready(name)).metadata.generation, 1);
    const patch = { spec: { ephemeralContainers: [{ name: 'debugger', image: SHELL_IMAGE, command: ['/bin/sh'], args: ['-c', 'while true; do echo polo; sleep 2; done'], stdin: true, tty: true }] } };
    await resource().patch(name, { type: 'strategic', patch }, { signal: cluster.signal }, 'ephemeralcontainers');
    const { metadata } = await cluster.until('it runs', async () => {
      const pod = await resource().get(name, { signal: cluster.signal });
      return pod.status.ephemeralContainerStatuses?.[0]?.state?.running !== undefined && pod;
    });
    assert.equal(metadata.generation, 2);
    assert.match(await execIn(name, 'debugger', '/bin/echo', 'marco'), /marco/);
    await cluster.until('its log is there', async () => (await logOf(name, 'debugger')).includes('polo'));
    const now = (): Promise<Pod> => resource().subresource<Pod>(name, 'ephemeralcontainers', { method: 'GET', signal: cluster.signal });
    assert.equal((await now()).spec.ephemeralContainers?.length, 1);
    await cluster.until('another is added', async () => {
      const current = await resource().get(name, { signal: cluster.signal });
      const second = { name: 'debugger2', image: SHELL_IMAGE, imagePullPolicy: 'IfNotPresent', terminationMessagePolicy: 'File', resources: {} };
      const body = { ...current, spec: { ...current.spec, ephemeralContainers: [...(current.spec.ephemeralContainers ?? []), second] } };
      return resource().subresource<Pod>(name, 'ephemeralcontainers', { method: 'PUT', body, signal: cluster.signal }).catch((error: unknown) => {
        if (!hasReason(error, 'Conflict')) throw error;
      }) as Promise<Pod | undefined>;
    });
    assert.deepEqual((await now()).spec.ephemeralContainers?.map((one) => one.name), ['debugger', 'debugger2']);
  });

  test('ImageVolume should succeed with pod and pull policy of Always', async () => {
    const volumes = [{ name: 'volume', image: { reference: SHELL_IMAGE, pullPolicy: 'Always' } }];
    await make('test-pod', { name: 'test-container', ...sh('while true; do echo test; sleep 1; done'), volumeMounts: [{ name: 'volume', mountPath: '/volume' }] }, { volumes, restartPolicy: 'Always' });
    await ready('test-pod');
    assert.match(await execIn('test-pod', 'test-container', '/bin/cat', '/volume/serve'), /hostname > \/www\/name/);
    assert.match(await execIn('test-pod', 'test-container', '/bin/cat', '/volume/etc/passwd'), /^root:x:0:0/);
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
      await cluster.until('its pods are gone', async () => (await resource().list({ labelSelector: `name=${name}`, signal: cluster.signal })).items.length === 0);
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
    }, 300);
    assert.deepEqual(ended.map(({ metadata, status }) => [metadata.labels?.own, status.phase, status.containerStatuses?.[0]?.state?.terminated?.message]).filter(([own, phase, said]) => phase !== 'Succeeded' || said !== `${own}value-1value-24401001\ntoken\nbeforetmpfs\n`), []);
    assert.equal(new Set(ended.map(({ spec }) => spec.nodeName)).size, 3);
    await resource().deleteCollection({ labelSelector: 'many=yes', signal: cluster.signal });
    await cluster.until('they are gone', async () => (await resource().list({ labelSelector: 'many=yes', signal: cluster.signal })).items.length === 0);
  });
});
