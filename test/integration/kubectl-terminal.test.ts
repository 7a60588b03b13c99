import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Duplex } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Namespace, Node, Pod } from '../../src/api/generated/core-v1.ts';
import { namespaces, nodes, pods } from '../../src/api/refs.ts';
import type { Draft } from '../../src/apimachinery/meta.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { Client } from '../../src/client/client.ts';
import { issueCredentials, newAuthority } from '../../src/pki/index.ts';
import { acceptRemoteCommand, remoteCommandOptions } from '../../src/streaming/index.ts';
import { unless } from '../support/needs.ts';
import { stockKubectl } from '../support/stock-kubectl.ts';
import { admin, ADMIN_TOKEN, startTestServer, type TestServer } from '../support/test-server.ts';
import { until } from '../support/until.ts';

const clock = new SystemClock();
const { signal } = new AbortController();
const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const stock = stockKubectl();
const folder = mkdtempSync(join(tmpdir(), 'kubets-terminal-'));
const validity = { notBefore: clock.now() - 60_000, notAfter: clock.now() + 86_400_000 };
const { certificatePem, keyPem } = issueCredentials(newAuthority({ commonName: 'kubelets', ...validity }), {
  subject: { commonName: 'kubelet' }, names: { dnsNames: [], ipAddresses: ['127.0.0.1'] }, usages: ['server auth'], ...validity,
});
const kubelet = createServer({ cert: certificatePem, key: keyPem });
const hasScript = (process.env['PATH'] ?? '').split(delimiter).some((one) => existsSync(join(one, 'script')));
let server: TestServer;

/** A container that tells each size of its terminal, and ends with the line `bye`. */
async function tellSizes(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
  const streams = await acceptRemoteCommand(request, socket, head, remoteCommandOptions(new URL(request.url ?? '', 'https://kubelet').searchParams), clock);
  void (async () => {
    for await (const { width, height } of streams.resize) streams.stdout?.write(`<${width}x${height}>`);
  })();
  let typed = '';
  for await (const chunk of streams.stdin ?? []) {
    typed += String(chunk);
    if (typed.includes('bye')) break;
  }
  await streams.finish({ metadata: {}, status: 'Success' });
}

before(async () => {
  server = await startTestServer();
  const client = new Client({ transport: server.server.transportFor(admin), clock });
  kubelet.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => void tellSizes(request, socket, head));
  kubelet.listen(0, '127.0.0.1');
  await once(kubelet, 'listening');
  await client.resource(namespaces).create({ metadata: { name: 'default' } } as Draft<Namespace>, { signal });
  const node = structuredClone(await client.resource(nodes).create({ metadata: { name: 'n' } } as Draft<Node>, { signal })) as Node;
  Object.assign(node.status, { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }], daemonEndpoints: { kubeletEndpoint: { Port: (kubelet.address() as AddressInfo).port } } });
  await client.resource(nodes).updateStatus(node, { signal });
  const { metadata, spec, status } = await client.resource(pods, 'default').create({ metadata: { name: 'p' }, spec: { nodeName: 'n', containers: [{ name: 'c', image: 'i', stdin: true, tty: true }] } } as unknown as Draft<Pod>, { signal });
  await client.resource(pods, 'default').updateStatus({ metadata, spec, status: { ...status, phase: 'Running', containerStatuses: [{ name: 'c', image: 'i', imageID: '', ready: true, restartCount: 0, state: { running: { startedAt: '2026-01-01T00:00:00Z' } } }] } } as unknown as Pod, { signal });
  writeFileSync(join(folder, 'kubeconfig'), JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 't', contexts: [{ name: 't', context: { cluster: 't', user: 't' } }],
    clusters: [{ name: 't', cluster: { server: server.url, 'certificate-authority-data': Buffer.from(server.ca).toString('base64') } }], users: [{ name: 't', user: { token: ADMIN_TOKEN } }],
  }));
});

after(async () => {
  kubelet.close();
  kubelet.closeAllConnections();
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** Runs a program in a terminal of 111 columns and 33 rows that is made narrower once all of `first` was told; what it printed. */
async function inTerminal(name: string, command: string, first: string): Promise<string> {
  const terminal = join(folder, `${name}.terminal`);
  const child = spawn('script', ['-qec', `stty rows 33 cols 111; tty > ${terminal}; ${command}`, '/dev/null'], { env: { ...process.env, HOME: folder, KUBECONFIG: join(folder, 'kubeconfig'), SHELL: '/bin/sh' }, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  await until(`${first} to be told`, async () => printed.includes(first));
  execFileSync('stty', ['-F', readFileSync(terminal, 'utf8').trim(), 'cols', '50']);
  await until('the new size to be told', async () => printed.includes('<50x33>'));
  child.stdin.write('bye\r');
  assert.deepEqual(await ended, [0, null]);
  child.stdin.destroy();
  return printed;
}

for (const [program, path, isThere] of [['stock kubectl', stock ?? '', stock !== undefined], ['kubets kubectl', `${process.execPath} ${main} kubectl`, true]] as const) {
  describe(program, { skip: unless(isThere && hasScript, 'there is no kubectl, or no script(1), on this machine') }, () => {
    test('exec -it tells the size of the terminal, and its new one', async () => assert.match(await inTerminal(`exec-${path === stock}`, `${path} exec -it p -- sh`, '<111x33>'), /^<111x33><50x33>/));
    test('attach -it tells another size first: what runs there draws its screen again', async () => assert.match(await inTerminal(`attach-${path === stock}`, `${path} attach -it p`, '<112x34><111x33>'), /<112x34><111x33><50x33>Session ended, resume using 'kubectl attach p -c c -i -t' command when the pod is running\r\n$/));
  });
}
