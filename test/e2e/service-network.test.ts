import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Pod, Service } from '../../src/api/generated/core-v1.ts';
import { deployments, pods, services } from '../../src/api/refs.ts';
import type { DeepReadonly } from '../../src/apimachinery/meta.ts';
import { detectMachine, whyNoContainers } from '../../src/cluster/local/detect.ts';
import { unless } from '../support/needs.ts';
import { isGone, shellContainer, ShellCluster } from './support/shell-cluster.ts';

const why = whyNoContainers(await detectMachine());
const skip = unless(why === undefined, why ?? '');

suite('pods, services and names on two nodes', { skip }, () => {
  let cluster: ShellCluster;
  let namespace: string;
  let web: readonly DeepReadonly<Pod>[];
  let service: DeepReadonly<Service>;

  before(async () => {
    cluster = await ShellCluster.start({ nodes: 2 });
    namespace = await cluster.newNamespace('network');
    const spread = { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app: 'web' } } }] };
    // Long enough for all nodes to hear that a pod goes, before it does.
    const lifecycle = { preStop: { sleep: { seconds: 10 } } };
    const template = { metadata: { labels: { app: 'web' } }, spec: { ...spread, containers: [shellContainer({ lifecycle })], terminationGracePeriodSeconds: 30 } };
    const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
    await cluster.create(deployments, { metadata: { name: 'web' }, spec: { replicas: 4, strategy, selector: { matchLabels: { app: 'web' } }, template } }, namespace);
    service = await cluster.create(services, { metadata: { name: 'web' }, spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] } }, namespace);
    web = await cluster.readyPods(namespace, 'app=web', 4);
  });

  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  const ipOf = (pod: DeepReadonly<Pod> | undefined): string => pod?.status.podIP ?? '';
  const elsewhere = (pod: DeepReadonly<Pod>): DeepReadonly<Pod> | undefined => web.find((other) => other.spec.nodeName !== pod.spec.nodeName);
  const names = (): string[] => web.map(({ metadata }) => metadata.name).toSorted();

  /** Waits until all pods of the service have answered, each node having its own time to hear of them; nobody else answers. */
  const allAnswer = async (asker: string, ask: () => Promise<readonly string[]>): Promise<void> => {
    const seen = new Set<string>();
    await cluster.until(`all pods answer, asked by ${asker}`, async () => {
      for (const answer of await ask().catch(() => [])) if (answer !== '') seen.add(answer);
      return names().every((name) => seen.has(name));
    });
    assert.deepEqual([...seen].toSorted(), names(), `asked by ${asker}`);
  };

  test('the pods are spread over the nodes', () => {
    assert.equal(new Set(web.map((pod) => pod.spec.nodeName)).size, 2);
  });

  test('a pod reaches a pod of the other node by address, and is seen under its own', async () => {
    const [client] = web as [DeepReadonly<Pod>];
    const target = elsewhere(client);
    assert.equal(await cluster.run(ipOf(client), `wget -qO- http://${ipOf(target)}:8080/name`), `${target?.metadata.name}\n`);
    const seen = await cluster.run(ipOf(client), `wget -qO- --post-data 'echo $REMOTE_ADDR' http://${ipOf(target)}:8080/cgi-bin/run`);
    assert.equal(seen.replace('[::ffff:', '').replace(']', '').trim(), ipOf(client));
  });

  test('every pod reaches all pods, itself too, by the name of the service', async () => {
    for (const pod of web) await allAnswer(pod.metadata.name, async () => (await cluster.run(ipOf(pod), 'for i in $(seq 20); do wget -qO- http://web/name; done')).trim().split('\n'));
  });

  test('the node port answers at every node', async () => {
    const { nodePort } = service.spec.ports?.[0] ?? {};
    for (const { ip } of await cluster.machines()) {
      await allAnswer(ip, async () => [(await (await fetch(`http://${ip}:${nodePort}/name`)).text()).trim()]);
    }
  });

  test('DNS knows services, their ports and pods, and says at once what is not there', async () => {
    const [client] = web as [DeepReadonly<Pod>];
    const { clusterIP } = service.spec;
    assert.match(await cluster.run(ipOf(client), 'nslookup web.network.svc.cluster.local'), new RegExp(`Address: ${clusterIP}`));
    assert.match(await cluster.run(ipOf(client), 'nslookup -type=srv _http._tcp.web.network.svc.cluster.local'), / 80 web\.network\.svc\.cluster\.local/);
    assert.match(await cluster.run(ipOf(client), `nslookup ${clusterIP}`), /web\.network\.svc\.cluster\.local/);
    assert.match(await cluster.run(ipOf(client), 'nslookup kubernetes.default.svc.cluster.local'), /Address: \d+\.\d+\.0\.1/);
    assert.match(await cluster.run(ipOf(client), 'nslookup nobody.network.svc.cluster.local'), /NXDOMAIN/);
  });

  test('the API answers pods at its service address, with a certificate for its name', async () => {
    const [client] = web as [DeepReadonly<Pod>];
    const { spec } = await cluster.client.resource(services, 'default').get('kubernetes', { signal: cluster.signal });
    const ask = `
      const [host, ca] = process.argv.slice(1);
      const options = { host, path: '/version', servername: 'kubernetes.default.svc', ca: require('node:fs').readFileSync(ca) };
      require('node:https').get(options, (answer) => answer.pipe(process.stdout)).on('error', (error) => console.log(error.message));`;
    const answer = await cluster.runInNetworkOf(client, [process.execPath, '-e', ask, spec.clusterIP ?? '', join(cluster.dataDir, 'pki', 'ca.crt')]);
    assert.match(answer, /"major": ?"1"/);
  });

  test('a service address that nobody has is refused at once', async () => {
    const [client] = web as [DeepReadonly<Pod>];
    const unused = (service.spec.clusterIP ?? '').replace(/\.\d+$/, '.253');
    assert.match(await cluster.run(ipOf(client), `nc -w 60 ${unused} 80 </dev/null`), /refused/);
  });

  test('a host port leads to its pod', async () => {
    await cluster.create(pods, { metadata: { name: 'host-port' }, spec: { terminationGracePeriodSeconds: 2, containers: [shellContainer({ ports: [{ containerPort: 8080, hostPort: 31_999 }] })] } }, namespace);
    const pod = await cluster.until('the pod with a host port is Ready', async () => {
      const found = await cluster.client.resource(pods, namespace).get('host-port', { signal: cluster.signal });
      return found.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true && found;
    });
    assert.equal(await (await fetch(`http://${pod.status.hostIP}:31999/name`)).text(), 'host-port\n');
    await cluster.client.resource(pods, namespace).delete('host-port', { signal: cluster.signal });
    await cluster.until('the pod with a host port is gone', () => isGone(cluster.client, pods, namespace, 'host-port', cluster.signal));
    await assert.rejects(fetch(`http://${pod.status.hostIP}:31999/name`));
  });

  test('a rolling update fails no request', async () => {
    const [machine] = await cluster.machines();
    const url = `http://${machine?.ip}:${service.spec.ports?.[0]?.nodePort}/name`;
    const outcome = { answered: 0, failed: [] as string[], isOver: false };
    const askers = Array.from({ length: 3 }, async () => {
      while (!outcome.isOver) {
        try {
          await (await fetch(url, { headers: { connection: 'close' }, signal: AbortSignal.timeout(30_000) })).text();
          outcome.answered++;
        } catch (error) {
          outcome.failed.push(String((error as Error).cause ?? error));
        }
      }
    });
    const patch = { spec: { template: { metadata: { annotations: { version: '2' } } } } };
    await cluster.client.resource(deployments, namespace).patch('web', { type: 'strategic', patch }, { signal: cluster.signal });
    const old = names();
    await cluster.until('the update is through', async () => {
      const { items } = await cluster.client.resource(pods, namespace).list({ labelSelector: 'app=web', signal: cluster.signal });
      return items.length === 4 && items.every(({ metadata }) => !old.includes(metadata.name));
    });
    outcome.isOver = true;
    await Promise.all(askers);
    assert.deepEqual(outcome.failed, []);
    assert.ok(outcome.answered > 100, `${outcome.answered} requests were answered`);
  });
});
