import { createServer, type Server } from 'node:http';
import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Node } from '../api/generated/core-v1.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';

/** So long a change may wait until the proxy counts as ill: twice kube-proxy's `--config-sync-period` of nftables. */
const HEALTH_TIMEOUT_MS = 60_000;
/** With this the cluster autoscaler says that a node is about to go. */
const LEAVING_TAINT = 'ToBeDeletedByClusterAutoscaler';

export interface HealthReply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export interface HealthPorts {
  /** At every address, for load balancers: kube-proxy's 10256. */
  readonly healthz: number;
  /** On loopback: kube-proxy's 10249. */
  readonly status: number;
}

/** Whether the rules of services are up to date, as kube-proxy tells it. Source: pkg/proxy/healthcheck/proxy_health.go. */
export class ProxyHealth implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #servers: Server[] = [];
  #waitingSinceMs: number | undefined;
  #updatedMs = 0;
  #isEligible = true;

  constructor({ clock, logger }: { clock: Clock; logger: Logger }) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Something has changed that is not in the kernel yet. */
  queued(): void {
    this.#waitingSinceMs ??= this.#clock.now();
  }

  updated(): void {
    this.#waitingSinceMs = undefined;
    this.#updatedMs = this.#clock.now();
  }

  /** New connections are to go to other nodes when this one is about to leave. */
  setNode({ metadata, spec }: DeepReadonly<Node>): void {
    this.#isEligible = metadata.deletionTimestamp === undefined && !(spec.taints ?? []).some(({ key }) => key === LEAVING_TAINT);
  }

  /** No change has waited for too long, whatever becomes of the node. */
  get isUpToDate(): boolean {
    return this.#waitingSinceMs === undefined || this.#clock.now() - this.#waitingSinceMs < HEALTH_TIMEOUT_MS;
  }

  /** What is answered at the health port; undefined for other paths. */
  reply(path: string): HealthReply | undefined {
    if (path !== '/healthz' && path !== '/livez') return undefined;
    const nowMs = this.#clock.now();
    const isHealthy = this.isUpToDate && (path === '/livez' || this.#isEligible);
    const lastUpdated = goTime(isHealthy ? nowMs : this.#updatedMs);
    const eligible = path === '/healthz' ? `, "nodeEligible": ${this.#isEligible}` : '';
    return { status: isHealthy ? 200 : 503, type: 'application/json', body: `{"lastUpdated": "${lastUpdated}","currentTime": "${goTime(nowMs)}"${eligible}}` };
  }

  /** A port that somebody else has is told of; the proxy does its work all the same. */
  async listen({ healthz, status }: HealthPorts): Promise<void> {
    await Promise.all([
      this.#serve(healthz, undefined, (path) => this.reply(path)),
      this.#serve(status, '127.0.0.1', statusReply),
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#servers.splice(0).map((server) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      server.closeAllConnections();
      return promise;
    }));
  }

  #serve(port: number, address: string | undefined, reply: (path: string) => HealthReply | undefined): Promise<void> {
    const server = createServer((request, response) => {
      const { status, type, body } = reply((request.url ?? '/').split('?')[0] ?? '/') ?? { status: 404, type: 'text/plain; charset=utf-8', body: '404 page not found\n' };
      response.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff' });
      response.end(body);
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    server.on('error', (error) => {
      this.#logger.warn('the health of the service proxy cannot be served', { port, error: error.message });
      resolve();
    });
    server.listen(port, address, () => {
      this.#servers.push(server);
      resolve();
    });
    return promise;
  }
}

function statusReply(path: string): HealthReply | undefined {
  const type = 'text/plain; charset=utf-8';
  if (path === '/healthz') return { status: 200, type, body: 'ok' };
  return path === '/proxyMode' ? { status: 200, type, body: 'nftables' } : undefined;
}

/** As Go prints a time: with a space in place of `T`, and its zone twice. */
function goTime(ms: number): string {
  return `${new Date(ms).toISOString().replace('T', ' ').replace('Z', '')} +0000 UTC`;
}
