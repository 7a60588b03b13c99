import type { Answer } from '../answer.ts';
import { methodNotAllowed, type PathHandler } from '../handlers/dispatcher.ts';
import { notRepresentable, takesJson } from '../http/negotiation.ts';
import { type ApiRequest, headerOf } from '../request.ts';

/** The version of Kubernetes whose API this is. */
export const KUBERNETES_VERSION = {
  major: '1', minor: '36', emulationMajor: '1', emulationMinor: '36', minCompatibilityMajor: '1', minCompatibilityMinor: '35', gitVersion: 'v1.36.1',
  gitCommit: '', gitTreeState: 'clean', buildDate: '2026-01-01T00:00:00Z', goVersion: 'none', compiler: 'node', platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
} as const;

/** Gives some of the server's metrics in the text format of Prometheus, lines ended. */
export interface MetricSource {
  text(): string;
}

/**
 * `/version`, `/metrics`, and `/metrics/slis`, which tells of health alone. Metrics are told by whatever method, DELETE too: it resets them in
 * Kubernetes with profiling only, which is not here.
 */
export class ServerPaths implements PathHandler {
  readonly takesResources = false;
  readonly #metrics: readonly MetricSource[];
  readonly #health: MetricSource;

  constructor(metrics: readonly MetricSource[], health: MetricSource) {
    this.#metrics = metrics;
    this.#health = health;
  }

  handle(request: ApiRequest): Answer | undefined {
    const { path } = request.info;
    const isVersion = path === '/version' || path === '/version/';
    if (!isVersion && path !== '/metrics' && path !== '/metrics/slis') return undefined;
    if (isVersion) {
      if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed();
      if (!takesJson(headerOf(request, 'accept'))) throw notRepresentable({ media: ['json'], transformations: false, stream: 'no' });
      return { status: 200, type: 'bytes', contentType: 'application/json', bytes: Buffer.from(JSON.stringify(KUBERNETES_VERSION, undefined, 2)) };
    }
    const text = path === '/metrics/slis' ? this.#health.text() : this.#metrics.map((one) => one.text()).join('');
    return { status: 200, type: 'bytes', contentType: 'text/plain; version=0.0.4; charset=utf-8', bytes: Buffer.from(text) };
  }
}
