/** Flags that manifests of kube-apiserver set, on a real `kubets server`: with what it reaches others, and how it is reached. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { after, before, suite, test } from 'node:test';
import type { Node } from '../../src/api/generated/core-v1.ts';
import * as refs from '../../src/api/refs.ts';
import { SystemClock } from '../../src/base/clock.ts';
import type { Client } from '../../src/client/client.ts';
import { issueCredentials, newAuthority, type Credentials } from '../../src/pki/index.ts';
import { ServerProcess } from './support/server-process.ts';
import { freePort } from '../support/free-port.ts';

const clock = new SystemClock();
const call = { signal: new AbortController().signal };
const validity = { notBefore: clock.now() - 60_000, notAfter: clock.now() + 86_400_000 };
const authority = newAuthority({ commonName: 'others', ...validity });
const issue = (commonName: string, usage: 'server auth' | 'client auth'): Credentials => issueCredentials(authority, { subject: { commonName }, names: { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] }, usages: [usage], ...validity });

suite('a server with the flags of a manifest', { timeout: 600_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubets-manifest-'));
  const serving = issue('kubelet', 'server auth');
  const kubelet = createServer({ cert: serving.certificatePem, key: serving.keyPem, ca: authority.certificatePem, requestCert: true }, (asked, answer) => {
    const { subject } = (asked.socket as TLSSocket).getPeerCertificate();
    answer.end(`${asked.headers.host ?? ''} ${subject.CN as string}`);
  });
  let server: ServerProcess;
  let client: Client;
  let port = 0;

  before(async () => {
    kubelet.listen(0, '127.0.0.1');
    await once(kubelet, 'listening');
    const shown = issue('kubelet-client', 'client auth');
    for (const [name, content] of [['ca.crt', authority.certificatePem], ['client.crt', shown.certificatePem], ['client.key', shown.keyPem]] as const) writeFileSync(join(folder, name), content);
    port = await freePort();
    server = new ServerProcess({
      port, flags: ['--store', 'memory', '--disable-scheduler', '--controllers', 'serviceaccount', '--kubelet-client-certificate', join(folder, 'client.crt'), '--kubelet-client-key', join(folder, 'client.key'),
        '--kubelet-certificate-authority', join(folder, 'ca.crt'), '--kubelet-preferred-address-types', 'Hostname,InternalIP', '--tls-min-version', 'VersionTLS13', '--default-not-ready-toleration-seconds', '7', '--use-service-account-credentials=true', '--profiling=false'],
    });
    await server.start();
    client = server.client();
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    kubelet.close();
    kubelet.closeAllConnections();
    rmSync(folder, { recursive: true });
  });

  test('kubelets see the certificate that the flags name, at the address that they prefer', async () => {
    const ref = client.resource(refs.nodes);
    const node = structuredClone(await ref.create({ metadata: { name: 'n' } } as never, call)) as Node;
    Object.assign(node.status, { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }, { type: 'Hostname', address: 'localhost' }], daemonEndpoints: { kubeletEndpoint: { Port: (kubelet.address() as AddressInfo).port } } });
    await ref.updateStatus(node, call);
    const { body } = await client.transport.send({ method: 'GET', path: '/api/v1/nodes/n/proxy/pods', ...call });
    assert.equal(body, `localhost:${(kubelet.address() as AddressInfo).port} kubelet-client`);
  });

  test('an older TLS is not spoken', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, maxVersion: 'TLSv1.2' }, () => resolve('spoken'));
    socket.on('error', (error) => resolve(error.message));
    assert.match(await promise, /protocol version/);
    socket.destroy();
  });

  test('pods stay on nodes that are not ready for as long as the flag says', async () => {
    const pods = client.resource(refs.pods, 'default');
    for (;;) {
      try {
        const { spec } = await pods.create({ metadata: { name: 'p' }, spec: { automountServiceAccountToken: false, containers: [{ name: 'c', image: 'i' }] } } as never, call);
        return assert.deepEqual(spec.tolerations?.map(({ key, tolerationSeconds }) => [key, tolerationSeconds]), [['node.kubernetes.io/not-ready', 7], ['node.kubernetes.io/unreachable', 300]]);
      } catch (error) {
        // Its account is made by a controller.
        if (!String(error).includes('serviceaccount')) throw error;
        await clock.sleep(20, call.signal);
      }
    }
  });
});
