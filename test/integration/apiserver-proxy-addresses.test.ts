import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../src/api/generated/core-v1.ts';
import * as refs from '../../src/api/refs.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { Client } from '../../src/client/client.ts';
import { admin, startTestServer } from '../support/test-server.ts';

test('a pod that says it is at a link-local address is not proxied to', async () => {
  const { signal } = new AbortController();
  await using server = await startTestServer();
  const client = new Client({ transport: server.server.transportFor(admin), clock: new SystemClock(), userAgent: 'test' });
  await client.resource(refs.namespaces).create({ metadata: { name: 'ns' } } as never, { signal });
  const pod = structuredClone(await client.resource(refs.pods, 'ns').create({ metadata: { name: 'p' }, spec: { containers: [{ name: 'main', image: 'i' }] } } as never, { signal })) as Pod;
  Object.assign(pod.status, { podIP: '169.254.169.254', podIPs: [{ ip: '169.254.169.254' }] });
  await client.resource(refs.pods, 'ns').updateStatus(pod, { signal });
  const { status, body } = await client.transport.send({ method: 'GET', path: '/api/v1/namespaces/ns/pods/p:80/proxy/latest/meta-data', signal });
  assert.deepEqual([status, (body as { message: string }).message], [400, 'address not allowed']);
});
