import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { request, type RequestOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { issueCredentials, newAuthority, type Credentials } from '../../../src/pki/index.ts';
import {
  connectPortForwardSpdy, connectPortForwardWebSocket, connectRemoteCommandSpdy, connectRemoteCommandWebSocket, type UpgradeTarget,
} from '../../../src/streaming/index.ts';
import { until } from '../../support/until.ts';
import { BUSYBOX, cannotRunContainers } from '../support/private-containerd.ts';
import { isReady, startNode, type NodeUnderTest } from './node-under-test.ts';

const validity = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3_600_000 };
const authority = newAuthority({ commonName: 'test-ca', ...validity });
const serving = issueCredentials(authority, { subject: { commonName: 'node-a' }, names: { dnsNames: [], ipAddresses: ['127.0.0.1'] }, usages: ['server auth'], ...validity });
const caller = issueCredentials(authority, { subject: { commonName: 'kube-apiserver', organizations: ['system:masters'] }, usages: ['client auth'], ...validity });

describe("the kubelet's port", { skip: cannotRunContainers() ?? false }, () => {
  let node: NodeUnderTest;
  let base: RequestOptions;
  before(async () => {
    const server = { port: 0, address: '127.0.0.1', tls: { cert: serving.certificatePem, key: serving.keyPem, ca: authority.certificatePem } };
    node = await startNode({ server });
    base = optionsOf(caller);
    await node.create({
      metadata: { name: 'talker', namespace: 'default' },
      spec: { terminationGracePeriodSeconds: 0, automountServiceAccountToken: false, containers: [{ name: 'main', image: BUSYBOX, resources: {}, command: ['sh', '-c', 'for i in 1 2 3; do echo line $i; done; sleep 1; echo wrong >&2; sleep 1; echo last; httpd -f -p 8080'] }] },
      status: {},
    });
    await node.until('talker', isReady);
  });
  after(async () => {
    await node?.[Symbol.asyncDispose]();
  });

  function optionsOf(credentials: Credentials | undefined): RequestOptions {
    return { host: '127.0.0.1', port: node.kubelet.port, ca: authority.certificatePem, agent: false, ...(credentials && { cert: credentials.certificatePem, key: credentials.keyPem }) };
  }

  function get(path: string, options: RequestOptions = base): Promise<{ status: number; body: string }> {
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
    request({ ...options, path }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    }).on('error', reject).end();
    return promise;
  }

  test('who brings no certificate is not let in', async () => {
    assert.equal((await get('/pods', optionsOf(undefined))).status, 401);
  });

  test('tells its pods, its health and what they use', async () => {
    assert.equal((await get('/healthz')).body, 'ok');
    assert.deepEqual((JSON.parse((await get('/pods')).body) as { items: { metadata: { name: string } }[] }).items.map(({ metadata }) => metadata.name), ['talker']);
    const measured = (await get('/metrics/resource')).body;
    for (const line of [/^container_cpu_usage_seconds_total\{container="main",namespace="default",pod="talker"\} [\d.e-]+ \d{13}$/m, /^container_memory_working_set_bytes\{.*\} \d+ \d{13}$/m, /^container_start_time_seconds\{container="main",namespace="default",pod="talker"\} [\d.]+$/m, /^node_cpu_usage_seconds_total [\d.]+ \d{13}$/m, /^node_memory_working_set_bytes \d+ \d{13}$/m, /^pod_cpu_usage_seconds_total\{namespace="default",pod="talker"\} /m, /^resource_scrape_error 0$/m]) assert.match(measured, line);
    const summary = JSON.parse((await get('/stats/summary')).body) as { pods: { podRef: { name: string } }[] };
    assert.equal(summary.pods[0]?.podRef.name, 'talker');
    assert.match((await get('/metrics')).body, /kubelet_running_pods 1/);
  });

  test('tells by the names of cAdvisor what the machine has and what pods and containers use, and by those of the kubelet what it did itself', async () => {
    const { uid } = (await node.until('talker', isReady)).metadata;
    const cadvisor = (await get('/metrics/cadvisor')).body;
    const own = `container="main",id="/kubepods/besteffort/pod${uid}/[0-9a-f]{64}",image="${BUSYBOX}",name="[0-9a-f]{64}",namespace="default",pod="talker"`;
    const whole = `container="",id="/kubepods/besteffort/pod${uid}",image="",name="",namespace="default",pod="talker"`;
    for (const line of [
      `container_cpu_usage_seconds_total\\{container="main",cpu="total",${own.slice('container="main",'.length)}\\} [\\d.e-]+ \\d{13}`, `container_memory_working_set_bytes\\{${own}\\} [1-9]\\d+ \\d{13}`,
      `container_memory_rss\\{${whole}\\} \\d+ \\d{13}`, `container_spec_cpu_shares\\{${own}\\} 2 \\d{13}`, `container_start_time_seconds\\{${own}\\} [\\d.]+ \\d{13}`,
      `container_network_receive_bytes_total\\{container="",id="/kubepods/besteffort/pod${uid}/[0-9a-f]{64}",image="registry.k8s.io/pause:[^"]+",interface="eth0",name="[0-9a-f]{64}",namespace="default",pod="talker"\\} \\d+ \\d{13}`,
      'container_cpu_usage_seconds_total\\{container="",cpu="total",id="/",image="",name="",namespace="",pod=""\\} [\\d.]+ \\d{13}', 'machine_cpu_cores\\{boot_id="[^"]+",machine_id="[^"]*",system_uuid="[^"]*"\\} [1-9]\\d*', 'machine_memory_bytes\\{.*\\} [1-9]\\d+',
    ]) assert.match(cadvisor, new RegExp(`^${line}$`, 'm'));
    const { body } = await get('/metrics');
    for (const line of [/^kubelet_node_name\{node="node-a"\} 1$/m, /^kubelet_started_pods_total 1$/m, /^kubelet_pod_worker_duration_seconds_count\{operation_type="create"\} 1$/m, /^kubelet_started_containers_total\{container_type="container"\} 1$/m, /^kubelet_runtime_operations_total\{operation_type="run_podsandbox"\} 1$/m, /^kubelet_runtime_operations_duration_seconds_count\{operation_type="start_container"\} 1$/m, /^kubelet_running_containers\{container_state="running"\} 1$/m, /^process_cpu_seconds_total [\d.]+$/m]) assert.match(body, line);
  });

  test('/metrics/probes counts what probes found, as long as there is somebody to probe', async () => {
    await node.create({
      metadata: { name: 'probed', namespace: 'default' },
      spec: { terminationGracePeriodSeconds: 0, automountServiceAccountToken: false, containers: [{ name: 'main', image: BUSYBOX, resources: {}, command: ['sleep', '1000'], readinessProbe: { exec: { command: ['true'] } }, livenessProbe: { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 1000 } }] },
      status: {},
    });
    const { uid } = (await node.until('probed', isReady)).metadata;
    const count = (type: string, result: string): RegExp => new RegExp(`^prober_probe_total\\{container="main",namespace="default",pod="probed",pod_uid="${uid}",probe_type="${type}",result="${result}"\\} [1-9]`, 'm');
    while (!count('Liveness', 'failed').test((await get('/metrics/probes')).body)) await node.clock.sleep(20, new AbortController().signal);
    const { body } = await get('/metrics/probes');
    assert.match(body, count('Readiness', 'successful'));
    assert.match(body, /^prober_probe_duration_seconds_count\{container="main",namespace="default",pod="probed",probe_type="Readiness"\} [1-9]/m);
    await node.remove('probed');
    await node.untilGone('probed');
    while ((await get('/metrics/probes')).body.includes('probed')) await node.clock.sleep(20, new AbortController().signal);
  });

  test('a hook that asks for HTTPS of a server without it is sent in HTTP, without its credentials, and told of; what the server answers does not matter', async (t) => {
    const asked: (readonly unknown[])[] = [];
    const plain = createHttpServer((incoming, answer) => {
      asked.push([incoming.url, incoming.headers['x-kept'], incoming.headers.authorization]);
      answer.writeHead(500).end();
    }).listen(0, '127.0.0.1');
    await once(plain, 'listening');
    t.after(() => plain.close());
    const { port } = plain.address() as AddressInfo;
    const hook = { httpGet: { scheme: 'HTTPS', host: '127.0.0.1', port, path: '/hook', httpHeaders: [{ name: 'X-Kept', value: 'yes' }, { name: 'Authorization', value: 'Basic x' }] } };
    await node.create({
      metadata: { name: 'hooked', namespace: 'default' },
      spec: { terminationGracePeriodSeconds: 0, automountServiceAccountToken: false, containers: [{ name: 'main', image: BUSYBOX, resources: {}, command: ['sleep', '1000'], lifecycle: { postStart: hook } }] },
      status: {},
    });
    await node.until('hooked', isReady);
    await node.untilEvent('hooked', 'LifecycleHTTPFallback', new RegExp(`^request to HTTPS lifecycle hook 127.0.0.1:${port} got HTTP response, retry with HTTP succeeded$`));
    assert.deepEqual(asked, [['/hook', 'yes', undefined]]);
    assert.match((await get('/metrics')).body, /^kubelet_lifecycle_handler_http_fallbacks_total 1$/m);
    await node.remove('hooked');
    await node.untilGone('hooked');
  });

  test('/stats/summary has networks, file systems, logs and processes of the node, its pods and their containers', async () => {
    interface Usage { readonly usageCoreNanoSeconds: number; readonly usageNanoCores: number }
    interface Pod { readonly cpu: Usage; readonly memory: { workingSetBytes: number }; readonly network: { name: string; rxBytes: number; interfaces: object[] }; readonly 'ephemeral-storage': { usedBytes: number }; readonly process_stats: { process_count: number }; readonly containers: readonly { name: string; startTime: string; cpu: Usage; memory: { rssBytes: number }; rootfs: { capacityBytes: number }; logs: { usedBytes: number } }[] }
    const { node: machine, pods: [pod] } = JSON.parse((await get('/stats/summary')).body) as { node: { startTime: string; cpu: Usage; runtime: { imageFs: object; containerFs: object }; systemContainers: { name: string; cpu: Usage }[]; network: { interfaces: object[] } }; pods: Pod[] };
    assert.ok(Date.parse(machine.startTime) < Date.now() && machine.cpu.usageCoreNanoSeconds > 0 && machine.cpu.usageNanoCores > 0 && machine.runtime.containerFs);
    assert.deepEqual(machine.systemContainers.map(({ name }) => name), ['pods']);
    assert.ok(pod);
    assert.deepEqual([pod.network.name, pod.network.interfaces.length], ['eth0', 1]);
    assert.ok(pod.memory.workingSetBytes > 0 && pod.cpu.usageCoreNanoSeconds > 0 && pod.process_stats.process_count >= 2 && pod['ephemeral-storage'].usedBytes > 0);
    const [container] = pod.containers;
    assert.ok(container && container.name === 'main' && Date.parse(container.startTime) > 0 && container.memory.rssBytes >= 0 && container.rootfs.capacityBytes > 0 && container.logs.usedBytes > 0);
  });

  test('tells how it is set up, what runs, and shows the files of its logs and no others', async () => {
    const { kubeletconfig } = JSON.parse((await get('/configz')).body) as { kubeletconfig: Record<string, unknown> };
    assert.deepEqual([kubeletconfig.kind, kubeletconfig.maxPods, kubeletconfig.port, kubeletconfig.clusterDNS], ['KubeletConfiguration', 110, node.kubelet.port, ['10.96.0.10']]);
    // Pods that were deleted without grace may still be ending.
    await until('only one pod runs', async () => {
      const running = JSON.parse((await get('/runningpods/')).body) as { items: { metadata: { name: string }; spec: { containers: { name: string }[] } }[] };
      assert.deepEqual(running.items.map(({ metadata, spec }) => [metadata.name, spec.containers[0]?.name]), [['talker', 'main']]);
      return true;
    });
    assert.equal((await get('/logs')).status, 301);
    assert.match((await get('/logs/')).body, /<a href="pods\/">pods\/<\/a>/);
    const [, folder = ''] = /href="(default_talker_[^"]+)"/.exec((await get('/logs/pods/')).body) ?? [];
    assert.match((await get(`/logs/pods/${folder}main/0.log`)).body, /stdout F line 1\n/);
    assert.equal((await get('/logs/%2e%2e/cni/10-test.conflist')).status, 404);
    assert.equal((await get('/logs/nothing')).status, 404);
  });

  test('gives logs: all, their end, with times, and refuses what is not there', async () => {
    const log = '/containerLogs/default/talker/main';
    assert.match((await get(log)).body, /^line 1\nline 2\nline 3\n/);
    while (!(await get(log)).body.includes('last')) await node.clock.sleep(20, new AbortController().signal);
    assert.equal((await get(`${log}?tailLines=2`)).body, 'wrong\nlast\n');
    assert.equal((await get(`${log}?tailLines=0`)).body, '');
    assert.equal((await get(`${log}?limitBytes=8`)).body, 'line 1\nl');
    assert.match((await get(`${log}?tailLines=1&timestamps=true`)).body, /^\d{4}-\d\d-\d\dT\S+ last\n$/);
    assert.deepEqual(await get('/containerLogs/default/talker/none'), { status: 400, body: 'container "none" in pod "talker" is not available' });
    assert.deepEqual(await get(`${log}?previous=true`), { status: 400, body: 'previous terminated container "main" in pod "talker" not found' });
    assert.equal((await get('/containerLogs/default/nobody/main')).status, 404);
    assert.equal((await get(`${log}?tailLines=x`)).status, 400);
  });

  function targetOf(path: string): UpgradeTarget {
    const tls = { ca: authority.certificatePem, cert: caller.certificatePem, key: caller.keyPem };
    return { url: new URL(`https://127.0.0.1:${node.kubelet.port}${path}`), tls };
  }

  for (const [framing, connect] of [['WebSocket', connectRemoteCommandWebSocket], ['SPDY', connectRemoteCommandSpdy]] as const) {
    test(`runs a command for a client that speaks ${framing}, and tells how it ended`, async () => {
      const options = { stdin: true, stdout: true, stderr: true, tty: false };
      const query = new URLSearchParams([['command', 'sh'], ['command', '-c'], ['command', 'cat; echo wrong >&2; exit 3'], ['input', '1'], ['output', '1'], ['error', '1']]);
      const command = await connect(targetOf(`/exec/default/talker/main?${query.toString()}`), options);
      if (!command.stdin || !command.stdout || !command.stderr) assert.fail('a stream is missing');
      command.stdin.end('hello');
      const [stdout, stderr, status] = await Promise.all([text(command.stdout), text(command.stderr), command.status]);
      assert.deepEqual([stdout, stderr, status.status, status.details?.causes?.[0]?.message], ['hello', 'wrong\n', 'Failure', '3']);
      command.close();
    });
  }

  for (const [framing, connect] of [['WebSocket', connectPortForwardWebSocket], ['SPDY', connectPortForwardSpdy]] as const) {
    test(`forwards a port for a client that speaks ${framing}`, async () => {
      const client = await connect(targetOf('/portForward/default/talker'));
      const { data } = await client.open(8080);
      data.end('GET / HTTP/1.0\r\n\r\n');
      assert.match(await text(data), /^HTTP\/1\.[01] 404/);
      client.close();
      await client.closed;
    });
  }

  test('switches to SPDY for those who ask for it', async () => {
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; protocol: string | undefined }>();
    const path = '/exec/default/talker/main?command=true&output=1';
    const headers = { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' };
    const asking = request({ ...base, method: 'POST', path, headers });
    asking.on('upgrade', (response, stream: Duplex) => {
      stream.destroy();
      resolve({ status: response.statusCode ?? 0, protocol: response.headers['x-stream-protocol-version'] as string | undefined });
    });
    asking.on('response', (response) => resolve({ status: response.statusCode ?? 0, protocol: undefined })).on('error', reject).end();
    assert.deepEqual(await promise, { status: 101, protocol: 'v4.channel.k8s.io' });
  });
});
