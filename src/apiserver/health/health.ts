import { Counter, Gauge, type Metric } from '../../base/metrics.ts';
import type { Answer } from '../answer.ts';
import type { PathHandler } from '../handlers/dispatcher.ts';
import { pageNotFound } from '../http/page-not-found.ts';
import type { ApiRequest } from '../request.ts';

/** One thing that must be well; undefined: it is, otherwise why not. */
export interface HealthCheck {
  readonly name: string;
  check(): string | undefined;
  /** Asked by `/readyz` only: it says whether to send requests here, not whether to restart. */
  readonly readinessOnly?: boolean;
}

/** `/livez`, `/readyz`, `/healthz`, and each check by itself, by whatever method. Source: apiserver pkg/server/healthz. */
export class HealthPaths implements PathHandler, Metric {
  readonly takesResources = false;
  readonly #checks: readonly HealthCheck[];
  readonly #latest = new Map<string, number>();
  readonly #asks = new Counter({ name: 'kubernetes_healthchecks_total', help: 'This metric records the results of all healthcheck.', stability: 'STABLE' });
  readonly #results = new Gauge({ name: 'kubernetes_healthcheck', help: 'This metric records the result of a single healthcheck.', stability: 'STABLE' }, () => this.#latest);

  constructor(checks: readonly HealthCheck[]) {
    this.#checks = checks;
  }

  /** All paths that are answered. */
  get paths(): string[] {
    return ['livez', 'readyz', 'healthz'].flatMap((endpoint) => [`/${endpoint}`, ...this.#asked(endpoint).map(({ name }) => `/${endpoint}/${name}`)]);
  }

  #asked(endpoint: string): HealthCheck[] {
    return this.#checks.filter((one) => endpoint === 'readyz' || !one.readinessOnly);
  }

  handle(request: ApiRequest): Answer | undefined {
    const match = /^\/(livez|readyz|healthz)(?:\/(.+))?$/.exec(request.info.path);
    if (!match) return undefined;
    const [, endpoint = '', single] = match;
    const checks = this.#asked(endpoint);
    const ask = (check: HealthCheck): string | undefined => this.#ask(endpoint, check);
    if (single !== undefined) return one(checks, single, ask);
    return all(endpoint, checks, { request, ask });
  }

  /** What was answered to those who asked. */
  text(): string {
    return this.#results.text() + this.#asks.text();
  }

  #ask(endpoint: string, check: HealthCheck): string | undefined {
    const why = check.check();
    this.#latest.set(`name="${check.name}",type="${endpoint}"`, why === undefined ? 1 : 0);
    this.#asks.add(`name="${check.name}",status="${why === undefined ? 'success' : 'error'}",type="${endpoint}"`);
    return why;
  }
}

type Ask = (check: HealthCheck) => string | undefined;

function one(checks: readonly HealthCheck[], name: string, ask: Ask): Answer {
  const check = checks.find((candidate) => candidate.name === name);
  if (!check) return pageNotFound();
  const why = ask(check);
  return why === undefined ? text(200, 'ok') : text(500, `internal server error: ${why}\n`);
}

function all(endpoint: string, checks: readonly HealthCheck[], { request, ask }: { readonly request: ApiRequest; readonly ask: Ask }): Answer {
  const excluded = new Set(request.query.all('exclude'));
  const lines: string[] = [];
  let failed = 0;
  for (const check of checks) {
    if (excluded.delete(check.name)) {
      lines.push(`[+]${check.name} excluded: ok`);
      continue;
    }
    const why = ask(check);
    if (why === undefined) lines.push(`[+]${check.name} ok`);
    else {
      failed++;
      lines.push(`[-]${check.name} failed: reason withheld`);
    }
  }
  if (excluded.size > 0) lines.push(`warn: some health checks cannot be excluded: no matches for ${[...excluded].sort().map((name) => JSON.stringify(name)).join(',')}`);
  if (failed > 0) return text(500, `${lines.join('\n')}\n${endpoint} check failed\n`);
  return request.query.get('verbose') === undefined ? text(200, 'ok') : text(200, `${lines.join('\n')}\n${endpoint} check passed\n`);
}

function text(status: number, body: string): Answer {
  return { status, type: 'bytes', contentType: 'text/plain; charset=utf-8', bytes: Buffer.from(body), headers: { 'x-content-type-options': 'nosniff' } };
}
