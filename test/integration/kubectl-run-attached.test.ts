import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { Readable, Writable } from 'node:stream';
import { after, before, test } from 'node:test';
import type { Namespace, Node, Pod } from '../../src/api/generated/core-v1.ts';
import { namespaces, nodes, pods } from '../../src/api/refs.ts';
import type { Draft } from '../../src/apimachinery/meta.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { SystemRandom } from '../../src/base/random.ts';
import { Client } from '../../src/client/client.ts';
import { runKubectl } from '../../src/kubectl/index.ts';
import { issueCredentials, newAuthority } from '../../src/pki/index.ts';
import { acceptRemoteCommand, remoteCommandOptions } from '../../src/streaming/index.ts';
import { admin, ADMIN_TOKEN, startTestServer, type TestServer } from '../support/test-server.ts';

const clock = new SystemClock();
const { signal } = new AbortController();
const folder = mkdtempSync(join(tmpdir(), 'kubets-run-'));
const validity = { notBefore: clock.now() - 60_000, notAfter: clock.now() + 86_400_000 };
const { certificatePem, keyPem } = issueCredentials(newAuthority({ commonName: 'kubelets', ...validity }), {
  subject: { commonName: 'kubelet' }, names: { dnsNames: [], ipAddresses: ['127.0.0.1'] }, usages: ['server auth'], ...validity,
});
const kubelet = createServer({ cert: certificatePem, key: keyPem });
let server: TestServer;
let client: Client;

/** A node whose containers end as soon as somebody wants to attach: it tells so once the streams are open. */
async function attachTooLate(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
  const options = remoteCommandOptions(new URL(request.url ?? '', 'https://kubelet').searchParams);
  const streams = await acceptRemoteCommand(request, socket, head, options, clock);
  await setPhase('Failed', { terminated: { exitCode: 7, reason: 'Error' } });
  await streams.finish({ metadata: {}, status: 'Failure', reason: 'InternalError', message: 'error attaching to container: no running task found', code: 500 });
}

async function setPhase(phase: string, state: object): Promise<void> {
  const resource = client.resource(pods, 'default');
  const { metadata, spec, status } = await resource.get('once', { signal });
  const containerStatuses = [{ name: 'once', image: 'i', imageID: '', ready: false, restartCount: 0, state }];
  await resource.updateStatus({ metadata, spec, status: { ...status, phase, containerStatuses } } as unknown as Pod, { signal });
}

before(async () => {
  server = await startTestServer();
  client = new Client({ transport: server.server.transportFor(admin), clock });
  kubelet.on('request', (_request, answer) => void answer.end('said\n'));
  kubelet.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => void attachTooLate(request, socket, head));
  kubelet.listen(0, '127.0.0.1');
  await once(kubelet, 'listening');
  await client.resource(namespaces).create({ metadata: { name: 'default' } } as Draft<Namespace>, { signal });
  const node = structuredClone(await client.resource(nodes).create({ metadata: { name: 'n' } } as Draft<Node>, { signal })) as Node;
  Object.assign(node.status, { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }], daemonEndpoints: { kubeletEndpoint: { Port: (kubelet.address() as AddressInfo).port } } });
  await client.resource(nodes).updateStatus(node, { signal });
});

after(async () => {
  kubelet.close();
  kubelet.closeAllConnections();
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

test('run -i tells what the log has, and the exit code, of a container that ended while it attached', async () => {
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 't', contexts: [{ name: 't', context: { cluster: 't', user: 't' } }],
    clusters: [{ name: 't', cluster: { server: server.url, 'certificate-authority-data': Buffer.from(server.ca).toString('base64') } }], users: [{ name: 't', user: { token: ADMIN_TOKEN } }],
  }));
  const taken = { stdout: '', stderr: '' };
  const into = (name: 'stdout' | 'stderr'): Writable => new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      taken[name] += chunk.toString();
      done();
    },
  });
  const io = { stdin: Readable.from([]), stdout: into('stdout'), stderr: into('stderr'), env: { KUBECONFIG: kubeconfig, HOME: folder }, clock, random: new SystemRandom(), signal };
  const overrides = JSON.stringify({ spec: { nodeName: 'n' } });
  const run = runKubectl(['run', 'once', '-i', '--restart=Never', '--image=i', `--overrides=${overrides}`], io);
  await waitForPod();
  await setPhase('Running', { running: { startedAt: '2026-01-01T00:00:00Z' } });
  assert.equal(await run, 7);
  assert.match(taken.stderr, /^warning: couldn't attach to pod\/once, falling back to streaming logs: Internal error occurred: error attaching to container: no running task found$/m);
  assert.match(taken.stderr, /pod default\/once terminated \(Error\)$/m);
  assert.match(taken.stdout, /^said$/m);
});

async function waitForPod(): Promise<void> {
  for await (const batch of await client.resource(pods, 'default').watch({ resourceVersion: '0', signal })) if (batch.length > 0) return;
}
