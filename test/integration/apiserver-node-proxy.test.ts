import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, request as httpsRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { nodes } from '../../src/api/refs.ts';
import type { Node } from '../../src/api/generated/core-v1.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { Client } from '../../src/client/client.ts';
import { issueCredentials, newAuthority } from '../../src/pki/index.ts';
import { admin, ADMIN_TOKEN, startTestServer, type TestServer } from '../support/test-server.ts';

const { signal } = new AbortController();
const clock = new SystemClock();
const validity = { notBefore: clock.now() - 60_000, notAfter: clock.now() + 86_400_000 };
const { certificatePem, keyPem } = issueCredentials(newAuthority({ commonName: 'kubelets', ...validity }), {
  subject: { commonName: 'kubelet' }, names: { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] }, usages: ['server auth'], ...validity,
});
const kubelet = createServer({ cert: certificatePem, key: keyPem }, (asked, answer) => void answer.end(`kubelet ${asked.url ?? ''}`));
const other = createHttpServer((asked, answer) => void answer.end(`other ${asked.url ?? ''}`));
const portOf = (listening: typeof other | typeof kubelet): number => (listening.address() as AddressInfo).port;

suite('the proxy to nodes', { timeout: 60_000 }, () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer();
    for (const one of [kubelet, other]) {
      one.listen(0, '127.0.0.1');
      await once(one, 'listening');
    }
    const ref = new Client({ transport: server.server.transportFor(admin), clock }).resource(nodes);
    const node = structuredClone(await ref.create({ metadata: { name: 'n' } } as never, { signal })) as Node;
    Object.assign(node.status, { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }], daemonEndpoints: { kubeletEndpoint: { Port: portOf(kubelet) } } });
    await ref.updateStatus(node, { signal });
  });
  after(async () => {
    for (const one of [kubelet, other]) {
      one.close();
      one.closeAllConnections();
    }
    await server[Symbol.asyncDispose]();
  });

  const ask = async (name: string): Promise<string> => {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    httpsRequest(`${server.url}/api/v1/nodes/${name}/proxy/pods?a=b`, { ca: server.ca, headers: { authorization: `Bearer ${ADMIN_TOKEN}` } }, resolve).on('error', reject).end();
    const chunks: Buffer[] = [];
    for await (const chunk of await promise) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  };

  for (const { name, target, expected } of [
    { name: 'no port is the kubelet', target: () => 'n', expected: 'kubelet /pods?a=b' },
    { name: "the kubelet's own port is the kubelet, with TLS, as the suite asks for the pods of a node", target: () => `n:${portOf(kubelet)}`, expected: 'kubelet /pods?a=b' },
    { name: 'with a scheme too', target: () => `https:n:${portOf(kubelet)}`, expected: 'kubelet /pods?a=b' },
    { name: 'another port is spoken to without TLS', target: () => `n:${portOf(other)}`, expected: 'other /pods?a=b' },
  ]) {
    test(name, async () => assert.equal(await ask(target()), expected));
  }
});
