import type { Answer } from '../answer.ts';
import type { PathHandler } from '../handlers/dispatcher.ts';
import { failure } from '../../apimachinery/status.ts';
import type { ApiRequest } from '../request.ts';

/** One thing that must be well; undefined: it is, otherwise why not. */
export interface HealthCheck {
  readonly name: string;
  check(): string | undefined;
  /** Asked by `/readyz` only: it says whether to send requests here, not whether to restart. */
  readonly readinessOnly?: boolean;
}

/** `/livez`, `/readyz`, `/healthz`, and each check by itself. Source: apiserver pkg/server/healthz. */
export class HealthPaths implements PathHandler {
  readonly #checks: readonly HealthCheck[];

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
    const match = /^\/(livez|readyz|healthz)(?:\/(.+))?$/.exec(request.info.path.replace(/\/$/, ''));
    if (!match) return undefined;
    if (request.method !== 'GET' && request.method !== 'HEAD') throw failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
    const [, endpoint = '', single] = match;
    const checks = this.#asked(endpoint);
    if (single !== undefined) return this.#one(checks, single);
    return all(endpoint, checks, request);
  }

  #one(checks: readonly HealthCheck[], name: string): Answer {
    const check = checks.find((one) => one.name === name);
    if (!check) throw failure(404, 'NotFound', 'the server could not find the requested resource', {});
    const why = check.check();
    return why === undefined ? text(200, 'ok') : text(500, `internal server error: ${why}\n`);
  }
}

function all(endpoint: string, checks: readonly HealthCheck[], request: ApiRequest): Answer {
  const excluded = new Set(request.query.all('exclude').flatMap((names) => names.split(',')));
  const lines: string[] = [];
  let failed = 0;
  for (const check of checks) {
    if (excluded.delete(check.name)) {
      lines.push(`[+]${check.name} excluded: ok`);
      continue;
    }
    const why = check.check();
    if (why === undefined) lines.push(`[+]${check.name} ok`);
    else {
      failed++;
      lines.push(`[-]${check.name} failed: reason withheld`);
    }
  }
  if (excluded.size > 0) lines.push(`warn: some health checks cannot be excluded: no matches for ${[...excluded].map((name) => JSON.stringify(name)).join(', ')}`);
  if (failed > 0) return text(500, `${lines.join('\n')}\n${endpoint} check failed\n`);
  return request.query.get('verbose') === undefined ? text(200, 'ok') : text(200, `${lines.join('\n')}\n${endpoint} check passed\n`);
}

function text(status: number, body: string): Answer {
  return { status, type: 'bytes', contentType: 'text/plain; charset=utf-8', bytes: Buffer.from(body), headers: { 'x-content-type-options': 'nosniff' } };
}
