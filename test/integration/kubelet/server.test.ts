import assert from 'node:assert/strict';
import { request, type RequestOptions } from 'node:https';
import { after, before, describe, test } from 'node:test';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { issueCredentials, newAuthority, type Credentials } from '../../../src/pki/index.ts';
import {
  connectPortForwardSpdy, connectPortForwardWebSocket, connectRemoteCommandSpdy, connectRemoteCommandWebSocket, type UpgradeTarget,
} from '../../../src/streaming/index.ts';
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
      spec: { terminationGracePeriodSeconds: 0, automountServiceAccountToken: false, containers: [{ name: 'main', image: BUSYBOX, resources: {}, command: ['sh', '-c', 'for i in 1 2 3; do echo line $i; done; sleep 0.2; echo wrong >&2; sleep 0.2; echo last; httpd -f -p 8080'] }] },
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

  test('tells how it is set up, what runs, and shows the files of its logs and no others', async () => {
    const { kubeletconfig } = JSON.parse((await get('/configz')).body) as { kubeletconfig: Record<string, unknown> };
    assert.deepEqual([kubeletconfig.kind, kubeletconfig.maxPods, kubeletconfig.port, kubeletconfig.clusterDNS], ['KubeletConfiguration', 110, node.kubelet.port, ['10.96.0.10']]);
    const running = JSON.parse((await get('/runningpods/')).body) as { items: { metadata: { name: string }; spec: { containers: { name: string }[] } }[] };
    assert.deepEqual(running.items.map(({ metadata, spec }) => [metadata.name, spec.containers[0]?.name]), [['talker', 'main']]);
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
