import { createServer } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { issueCredentials, newAuthority } from '../../src/pki/index.ts';

/** As much of a kubelet as tells what is used: `/metrics/resource` of a node on which every container uses the same. */
export interface MeasuredKubelet extends AsyncDisposable {
  readonly port: number;
  /** What is told from now on. `pods`: `namespace/name`, each with a container `c`. */
  use(load: { readonly pods: readonly string[]; readonly cpuCores: number; readonly memoryBytes: number }): void;
}

export async function startMeasuredKubelet(nowMs: () => number): Promise<MeasuredKubelet> {
  const validity = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 86_400_000 };
  const credentials = issueCredentials(newAuthority({ commonName: 'kubelet-ca', ...validity }), { subject: { commonName: 'node' }, names: { dnsNames: [], ipAddresses: ['127.0.0.1'] }, usages: ['server auth'], ...validity });
  let load = { pods: [] as readonly string[], cpuCores: 0, memoryBytes: 0 };
  let [spentSeconds, sinceMs] = [100, nowMs()];
  const server = createServer({ cert: credentials.certificatePem, key: credentials.keyPem }, (request, response) => {
    if (request.url !== '/metrics/resource') return void response.writeHead(404).end();
    const atMs = nowMs();
    const cpu = spentSeconds + (load.cpuCores * (atMs - sinceMs)) / 1000;
    const lines = [`node_cpu_usage_seconds_total ${cpu * load.pods.length} ${atMs}`, `node_memory_working_set_bytes ${load.memoryBytes * load.pods.length} ${atMs}`];
    for (const key of load.pods) {
      const [namespace, pod] = key.split('/');
      const labels = `{container="c",namespace="${namespace}",pod="${pod}"}`;
      lines.push(`container_cpu_usage_seconds_total${labels} ${cpu} ${atMs}`, `container_memory_working_set_bytes${labels} ${load.memoryBytes} ${atMs}`);
    }
    response.end(`${lines.join('\n')}\n`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    use: (next) => {
      const atMs = nowMs();
      spentSeconds += (load.cpuCores * (atMs - sinceMs)) / 1000;
      sinceMs = atMs;
      load = { ...next, pods: [...next.pods] };
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A Node whose kubelet that is. */
export function measuredNode(name: string, port: number): object {
  return {
    metadata: { name }, spec: {},
    status: { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }], daemonEndpoints: { kubeletEndpoint: { Port: port } }, capacity: { cpu: '4', memory: '8Gi' }, allocatable: { cpu: '4', memory: '8Gi' } },
  };
}
