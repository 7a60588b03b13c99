import { join } from 'node:path';
import { Agent } from '../../../src/cluster/agent.ts';
import { adminClient, createJoinToken } from '../../../src/cluster/local-cluster.ts';
import { authorityHash, loadCertificates } from '../../../src/cluster/certificates.ts';
import { newJoinToken } from '../../../src/cluster/join-token.ts';
import { SystemClock } from '../../../src/base/clock.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { SystemRandom } from '../../../src/base/random.ts';
import { DEFAULT_THRESHOLDS } from '../../../src/kubelet/index.ts';
import { ServerProcess } from '../support/server-process.ts';
import { ConformanceApi, isTrue } from './conformance-api.ts';
import { freePort } from '../../support/free-port.ts';

/** A whole cluster as the conformance suite meets it: `kubets server` with all its defaults in a process of its own, and nodes with simulated containers. */
export class ConformanceCluster implements AsyncDisposable {
  readonly server: ServerProcess;
  readonly api: ConformanceApi;
  readonly #nodes: Agent[] = [];
  readonly #stop = new AbortController();

  private constructor(server: ServerProcess) {
    this.server = server;
    const { transport } = server.client();
    this.api = new ConformanceApi(transport);
  }

  static async start(options: { nodes: number; flags?: readonly string[] }): Promise<ConformanceCluster> {
    const server = new ServerProcess({ port: await freePort(), flags: ['--disable-agent', '--store', 'memory', ...(options.flags ?? [])] });
    await server.start();
    const cluster = new ConformanceCluster(server);
    for (let index = 1; index <= options.nodes; index++) await cluster.addNode(`node-${index}`);
    await cluster.api.until('the default service account is there', async () => (await cluster.api.answer('GET', '/api/v1/namespaces/default/serviceaccounts/default')).status === 200);
    await cluster.api.until('the nodes are ready', async () => {
      const { items } = await cluster.api.get('/api/v1/nodes');
      return items.length === options.nodes && items.every((node) => isTrue(node, 'Ready') && !node.spec.taints?.length);
    });
    return cluster;
  }

  async addNode(nodeName: string): Promise<void> {
    const tools = { clock: new SystemClock(), random: new SystemRandom(), logger: silentLogger };
    const certificates = loadCertificates({ folder: join(this.server.dataDir, 'pki'), clock: tools.clock, names: { dnsNames: [], ipAddresses: [] } });
    const token = newJoinToken(tools.random, authorityHash(certificates.authority.certificate));
    {
      await using client = adminClient(this.server.url, certificates, tools.clock);
      await createJoinToken(client, { token, description: nodeName, lifeMs: 600_000 }, { ...tools, signal: this.#stop.signal });
    }
    const agent = new Agent({
      server: this.server.url, token, certificateAuthorityPem: undefined, nodeName, nodeIPs: ['127.0.0.1'], externalIPs: [], labels: {}, dataDir: join(this.server.dataDir, nodeName),
      runtime: 'simulated', runtimeEndpoint: undefined, stateDir: '', cgroupRoot: '/', maxPods: 110, logs: {}, thresholds: DEFAULT_THRESHOLDS, pressureTransitionMs: undefined, resolvConf: undefined, userAgent: 'kubelet/test',
    }, tools);
    this.#nodes.push(agent);
    await agent.start(this.#stop.signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    for (const node of this.#nodes) await node[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
  }
}
