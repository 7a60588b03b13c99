import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { ConfigMap, LimitRange, Namespace, Pod, Service } from '../../src/api/generated/core-v1.ts';
import { configMaps, deployments, endpointSlices, leases, limitRanges, namespaces, pods, replicaSets, serviceAccounts, services } from '../../src/api/refs.ts';
import type { Draft } from '../../src/apimachinery/meta.ts';
import { StatusError } from '../../src/apimachinery/status.ts';
import type { Client } from '../../src/client/client.ts';
import { TransportError } from '../../src/client/transport.ts';
import { until } from '../support/until.ts';
import { EtcdProcess, whyNoEtcd } from './support/etcd-process.ts';
import { ServerProcess } from './support/server-process.ts';
import { freePort } from '../support/free-port.ts';

const never = new AbortController().signal;
const call = { signal: never };
const skip = whyNoEtcd();

function configMap(name: string, data: Record<string, string>): Draft<ConfigMap> {
  return { metadata: { name, namespace: 'default' }, data };
}

/** Three servers on one etcd, each with a folder of its own; nothing but the address of etcd joins them. */
suite('several servers', { skip, timeout: 600_000 }, () => {
  const etcd = new EtcdProcess();
  let servers: ServerProcess[] = [];
  let clients: Client[] = [];

  before(async () => {
    await etcd.start();
    const port = await freePort();
    servers = [1, 2, 3].map((index) => new ServerProcess({
      address: `127.0.0.${index}`, port,
      flags: ['--store', `etcd=${etcd.endpoint}`, '--advertise-address', `192.0.2.${index}`, '--tls-san', `127.0.0.${index}`,
        '--leader-elect-lease-duration', '3s', '--leader-elect-renew-deadline', '2s', '--leader-elect-retry-period', '500ms'],
    }));
    // All at once, on an empty etcd: one of them makes the authority, the others take it.
    await Promise.all(servers.map((server) => server.start()));
    const tls = servers[0]?.tls;
    clients = servers.map((server) => server.client(tls));
  });

  after(async () => {
    for (const server of servers) await server[Symbol.asyncDispose]();
    await etcd[Symbol.asyncDispose]();
  });

  test('have one authority, and are all endpoints of default/kubernetes', async () => {
    assert.equal(new Set(servers.map((server) => server.tls.ca)).size, 1);
    for (const client of clients) {
      await until('three endpoints', async () => {
        const slice = await client.resource(endpointSlices, 'default').get('kubernetes', call);
        return (slice.endpoints ?? []).flatMap((one) => one.addresses).join(' ') === '192.0.2.1 192.0.2.2 192.0.2.3';
      });
      const { items } = await client.resource(leases, 'kube-system').list({ labelSelector: 'apiserver.kubernetes.io/identity=kube-apiserver', ...call });
      assert.equal(items.length, 3);
    }
  });

  test('read what any of them has acknowledged, at once', async () => {
    for (let round = 0; round < 60; round++) {
      const [writer, reader] = [clients[round % 3], clients[(round + 1) % 3]] as [Client, Client];
      const written = await writer.resource(configMaps, 'default').create(configMap(`read-${round}`, { round: String(round) }), call);
      const { items } = await reader.resource(configMaps, 'default').list(call);
      assert.equal(items.find((one) => one.metadata.name === `read-${round}`)?.metadata.resourceVersion, written.metadata.resourceVersion);
      const read = await reader.resource(configMaps, 'default').get(`read-${round}`, call);
      assert.equal(read.metadata.uid, written.metadata.uid);
      // A revision that only the other server knows of can be asked for here.
      assert.ok(await clients[(round + 2) % 3]?.resource(configMaps, 'default').get(`read-${round}`, { ...call, resourceVersion: written.metadata.resourceVersion }));
    }
  });

  test('take what another one has just made: namespaces, accounts and their tokens', async () => {
    for (let round = 0; round < 20; round++) {
      const [here, there] = [round % 3, (round + 1) % 3] as const;
      const name = `fresh-${round}`;
      await clients[here]?.resource(namespaces).create({ metadata: { name } } as Draft<Namespace>, call);
      await clients[there]?.resource(serviceAccounts, name).create({ metadata: { name: 'robot' } }, call);
      const made = await clients[there]?.resource(serviceAccounts, name).subresource<{ status: { token: string } }>('robot', 'token', { method: 'POST', body: { spec: {} }, signal: never });
      const user = await servers[here]?.clientOf(made?.status.token ?? '').send({ method: 'POST', path: '/apis/authentication.k8s.io/v1/selfsubjectreviews', body: {}, signal: never }) as { status: { userInfo: { username: string } } };
      assert.equal(user.status.userInfo.username, `system:serviceaccount:${name}:robot`);
    }
  });

  test('keep to the limits and quotas that another one has just taken', async () => {
    for (let round = 0; round < 10; round++) {
      const [here, there] = [clients[round % 3], clients[(round + 1) % 3]] as [Client, Client];
      const name = `ruled-${round}`;
      await here.resource(namespaces).create({ metadata: { name } } as Draft<Namespace>, call);
      await here.resource(limitRanges, name).create({ metadata: { name: 'r' }, spec: { limits: [{ type: 'Container', default: { cpu: '1' } }] } } as unknown as Draft<LimitRange>, call);
      const pod = { metadata: { name: 'p' }, spec: { automountServiceAccountToken: false, containers: [{ name: 'c', image: 'i' }] } } as unknown as Draft<Pod>;
      const made = await until('its account', () => there.resource(pods, name).create(pod, call));
      assert.deepEqual(made.spec.containers[0]?.resources?.limits, { cpu: '1' });
    }
  });

  test('give each service address and node port once', async () => {
    const draft = (name: string): Draft<Service> => ({ metadata: { name, namespace: 'default' }, spec: { type: 'NodePort', ports: [{ port: 80 }] } }) as unknown as Draft<Service>;
    const made = await Promise.all(Array.from({ length: 60 }, (_, index) => (clients[index % 3] as Client).resource(services, 'default').create(draft(`service-${index}`), call)));
    assert.equal(new Set(made.map((service) => service.spec.clusterIP)).size, made.length);
    assert.equal(new Set(made.map((service) => service.spec.ports?.[0]?.nodePort)).size, made.length);
    const same = await Promise.allSettled(clients.map((client, index) => client.resource(services, 'default').create({ metadata: { name: `same-${index}`, namespace: 'default' }, spec: { clusterIP: '10.96.77.77', ports: [{ port: 80 }] } } as unknown as Draft<Service>, call)));
    assert.deepEqual(same.map((one) => one.status).sort(), ['fulfilled', 'rejected', 'rejected']);
    for (const one of same) if (one.status === 'rejected') assert.match(String(one.reason), /failed to allocate IP 10\.96\.77\.77: provided IP is already allocated/);
  });

  test('lose nothing when the leader is killed: writes, watches, controllers go on', async () => {
    const [any] = clients as [Client];
    const holders = async (client: Client): Promise<string[]> => Promise.all(['kube-controller-manager', 'kube-scheduler'].map(async (name) => (await client.resource(leases, 'kube-system').get(name, call)).spec?.holderIdentity ?? ''));
    const [before] = await until('leaders', async () => {
      const all = await holders(any);
      return all.every(Boolean) && all;
    }) as [string, string];
    const leader = servers.findIndex((server) => server.log.includes(before));
    assert.ok(leader >= 0, 'the leader is one of the servers');
    const [next, last] = [(leader + 1) % 3, (leader + 2) % 3].map((index) => clients[index]) as [Client, Client];
    const { metadata } = await next.resource(configMaps, 'default').list(call);

    const seen: string[] = [];
    let resumeAt = metadata.resourceVersion ?? '';
    const watching = new AbortController();
    /** Watches until its server is gone, and resumes on the next one from the last event. */
    const watch = async (): Promise<void> => {
      for (const client of [clients[leader], next, last] as Client[]) {
        try {
          for await (const events of await client.resource(configMaps, 'default').watch({ resourceVersion: resumeAt, signal: watching.signal })) {
            for (const { type, object } of events) {
              resumeAt = object.metadata.resourceVersion ?? '';
              seen.push(`${type} ${object.metadata.name} ${resumeAt}`);
            }
          }
        } catch (error) {
          if (watching.signal.aborted) return;
          assert.ok(error instanceof TransportError, String(error));
        }
      }
    };
    const watched = watch();

    const acknowledged: string[] = [];
    const stop = new AbortController();
    const write = async (client: Client, writer: string): Promise<void> => {
      for (let count = 0; !stop.signal.aborted; count++) {
        try {
          const written = await client.resource(configMaps, 'default').create(configMap(`w-${writer}-${count}`, {}), call);
          acknowledged.push(`ADDED ${written.metadata.name} ${written.metadata.resourceVersion}`);
        } catch (error) {
          if (error instanceof StatusError) throw error;
          return; // the server was killed: what it had not acknowledged may be there or not
        }
      }
    };
    const writing = Promise.all(clients.flatMap((client, index) => ['a', 'b'].map((name) => write(client, `${index}${name}`))));
    await until('writes', async () => acknowledged.length > 200);
    await servers[leader]?.end('SIGKILL');
    const atKill = acknowledged.length;
    await until('more writes', async () => acknowledged.length > atKill + 200);
    stop.abort();
    await writing;

    await until('another leader', async () => {
      const now = await holders(last);
      return now.every((holder) => holder !== '' && !(servers[leader] as ServerProcess).log.includes(holder));
    });
    await last.resource(deployments, 'default').create({
      metadata: { name: 'after', namespace: 'default' },
      spec: { replicas: 1, selector: { matchLabels: { app: 'after' } }, template: { metadata: { labels: { app: 'after' } }, spec: { containers: [{ name: 'a', image: 'a' }] } } },
    } as never, call);
    await until('a replica set by the new leader', async () => (await next.resource(replicaSets, 'default').list(call)).items.find((one) => one.metadata.name.startsWith('after-')));
    await until('the endpoints of the living', async () => {
      const slice = await next.resource(endpointSlices, 'default').get('kubernetes', call);
      return slice.endpoints?.length === 2;
    });

    const all = await last.resource(configMaps, 'default').list(call);
    const stored = new Set(all.items.map((one) => `ADDED ${one.metadata.name} ${one.metadata.resourceVersion}`));
    for (const one of acknowledged) assert.ok(stored.has(one), `${one} was acknowledged and is lost`);
    const expected = all.items.filter((one) => one.metadata.name.startsWith('w-')).map((one) => `ADDED ${one.metadata.name} ${one.metadata.resourceVersion}`).sort(byRevision);
    await until('all events', async () => seen.length >= expected.length);
    watching.abort();
    await watched;
    assert.deepEqual(seen, expected);
  });

  test('end without a fault when they are stopped, and give back their leases', async () => {
    // Whichever leads first: another one may never lead while it lives.
    for (const living = servers.filter(({ pid }) => pid !== 0); living.length > 0;) {
      const server = await until('a leader', async () => living.find(({ log }) => log.includes('became leader')));
      living.splice(living.indexOf(server), 1);
      assert.equal(await server.end('SIGTERM'), 0, server.log);
      assert.match(server.log, /stopped leading/);
      assert.doesNotMatch(server.log, /could not be given back/);
    }
  });
});

function byRevision(a: string, b: string): number {
  return Number(a.split(' ')[2]) - Number(b.split(' ')[2]);
}
