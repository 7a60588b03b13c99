import { createServer, type Server } from 'node:http';
import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Service } from '../api/generated/core-v1.ts';
import type { EndpointSlice } from '../api/generated/discovery-v1.ts';
import type { Logger } from '../base/logger.ts';

interface Watched {
  readonly service: DeepReadonly<Service>;
  readonly slices: readonly DeepReadonly<EndpointSlice>[];
  readonly nodeName: string;
  /** The rules of services are up to date. */
  readonly isProxyHealthy: boolean;
}

/** What a load balancer reads at `spec.healthCheckNodePort` of a service with externalTrafficPolicy Local. */
export interface HealthAnswer {
  readonly status: 200 | 503;
  /** By its weight a node with more endpoints gets more. Source: pkg/proxy/healthcheck, service_health. */
  readonly headers: { readonly 'x-load-balancing-endpoint-weight': string };
  readonly body: { readonly service: { readonly namespace: string; readonly name: string }; readonly localEndpoints: number; readonly serviceProxyHealthy: boolean };
}

/** Endpoints that are terminating count for nothing: a load balancer is to look for another node before they are gone. */
export function healthOf({ service, slices, nodeName, isProxyHealthy }: Watched): HealthAnswer {
  const local = new Set<string>();
  for (const slice of slices) {
    for (const endpoint of slice.endpoints ?? []) if (endpoint.nodeName === nodeName && (endpoint.conditions?.ready ?? true)) local.add(endpoint.addresses[0] ?? '');
  }
  const { namespace = '', name } = service.metadata;
  return { status: local.size > 0 && isProxyHealthy ? 200 : 503, headers: { 'x-load-balancing-endpoint-weight': String(local.size) }, body: { service: { namespace, name }, localEndpoints: local.size, serviceProxyHealthy: isProxyHealthy } };
}

/** One HTTP server for each service that has a health check port. */
export class HealthCheckServer implements AsyncDisposable {
  readonly #logger: Logger;
  readonly #servers = new Map<string, { readonly port: number; readonly server: Server }>();
  readonly #watched = new Map<string, Omit<Watched, 'isProxyHealthy'>>();
  readonly #isProxyHealthy: () => boolean;
  readonly #closing = new Set<Promise<void>>();

  constructor(logger: Logger, isProxyHealthy: () => boolean) {
    this.#logger = logger;
    this.#isProxyHealthy = isProxyHealthy;
  }

  /** Serves the health of a service that asks for it; undefined when the service is gone. */
  set(key: string, watched: Omit<Watched, 'isProxyHealthy'> | undefined): void {
    const spec = watched?.service.spec;
    const port = spec?.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local' ? spec.healthCheckNodePort : undefined;
    if (watched && port) this.#watched.set(key, watched);
    else this.#watched.delete(key);
    const running = this.#servers.get(key);
    if (running?.port === (port || undefined)) return;
    if (running) this.#close(key, running.server);
    if (port) this.#listen(key, port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const [key, { server }] of this.#servers) this.#close(key, server);
    await Promise.all(this.#closing);
  }

  #listen(key: string, port: number): void {
    const server = createServer((_, response) => {
      const watched = this.#watched.get(key);
      const answer = watched && healthOf({ ...watched, isProxyHealthy: this.#isProxyHealthy() });
      response.writeHead(answer?.status ?? 503, { 'content-type': 'application/json', 'x-content-type-options': 'nosniff', ...answer?.headers });
      response.end(JSON.stringify(answer?.body ?? {}));
    });
    server.on('error', (error) => this.#logger.error('cannot serve the health of a service', { service: key, port, error }));
    server.listen(port);
    this.#servers.set(key, { port, server });
  }

  #close(key: string, server: Server): void {
    this.#servers.delete(key);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#closing.add(promise);
    server.close(() => {
      this.#closing.delete(promise);
      resolve();
    });
    server.closeAllConnections();
  }
}
