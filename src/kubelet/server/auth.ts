import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { unauthorized, forbidden } from '../../apimachinery/status.ts';
import type { Clock } from '../../base/clock.ts';
import type { Client } from '../../client/index.ts';
import type { UserInfo } from './options.ts';

const ALLOWED_MS = 300_000;
const DENIED_MS = 30_000;
const MAX_CACHED = 1000;

/** Who asks, and whether they may: certificates of the cluster's CA and tokens that the API server knows; the API server decides what they may do. */
export class KubeletAuth {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #nodeName: string;
  readonly #decisions = new Map<string, { readonly allowed: boolean; readonly untilMs: number }>();

  constructor(options: { client: Client; clock: Clock; nodeName: string }) {
    this.#client = options.client;
    this.#clock = options.clock;
    this.#nodeName = options.nodeName;
  }

  /** Throws `Unauthorized` or `Forbidden`. */
  async check(request: IncomingMessage, path: string, signal: AbortSignal): Promise<UserInfo> {
    const user = this.#certificateUser(request) ?? (await this.#tokenUser(request, signal));
    if (!user) throw unauthorized();
    const verb = verbOf(request.method ?? 'GET');
    const subresources = subresourcesOf(path);
    for (const subresource of subresources) if (await this.#isAllowed(user, verb, subresource, signal)) return user;
    throw forbidden({ group: '', resource: '' }, '', `Forbidden (user=${user.name}, verb=${verb}, resource=nodes, subresource(s)=[${subresources.join(' ')}])`);
  }

  #certificateUser(request: IncomingMessage): UserInfo | undefined {
    const socket = request.socket as TLSSocket;
    if (!socket.authorized) return undefined;
    const { subject } = socket.getPeerCertificate();
    const name = subject?.CN as string | string[] | undefined;
    const groups = subject?.O as string | string[] | undefined;
    if (!name) return undefined;
    return { name: Array.isArray(name) ? (name[0] ?? '') : name, groups: [...(groups === undefined ? [] : Array.isArray(groups) ? groups : [groups]), 'system:authenticated'] };
  }

  async #tokenUser(request: IncomingMessage, signal: AbortSignal): Promise<UserInfo | undefined> {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) return undefined;
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } };
    const answer = (await this.#client.send({ method: 'POST', path: '/apis/authentication.k8s.io/v1/tokenreviews', body, signal })) as {
      status?: { authenticated?: boolean; user?: { username: string; groups?: string[] } };
    };
    const { authenticated, user } = answer.status ?? {};
    return authenticated && user ? { name: user.username, groups: user.groups ?? [] } : undefined;
  }

  async #isAllowed(user: UserInfo, verb: string, subresource: string, signal: AbortSignal): Promise<boolean> {
    const key = JSON.stringify([user.name, user.groups, verb, subresource]);
    const nowMs = this.#clock.monotonic();
    const known = this.#decisions.get(key);
    if (known && known.untilMs > nowMs) return known.allowed;
    const body = {
      apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview',
      spec: { user: user.name, groups: user.groups, resourceAttributes: { verb, group: '', version: 'v1', resource: 'nodes', subresource, name: this.#nodeName } },
    };
    const answer = (await this.#client.send({ method: 'POST', path: '/apis/authorization.k8s.io/v1/subjectaccessreviews', body, signal })) as { status?: { allowed?: boolean } };
    const allowed = answer.status?.allowed === true;
    if (this.#decisions.size >= MAX_CACHED) this.#decisions.clear();
    this.#decisions.set(key, { allowed, untilMs: nowMs + (allowed ? ALLOWED_MS : DENIED_MS) });
    return allowed;
  }
}

function verbOf(method: string): string {
  return { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' }[method] ?? 'get';
}

/** Any one of them suffices. Source: "Kubelet authentication/authorization", fine-grained authorization. */
export function subresourcesOf(path: string): string[] {
  switch (path.split('/')[1]) {
    case 'stats': return ['stats'];
    case 'metrics': return ['metrics'];
    case 'logs': return ['log'];
    case 'checkpoint': return ['checkpoint'];
    case 'pods': return ['pods', 'proxy'];
    case 'runningpods': return ['pods', 'proxy'];
    case 'healthz': return ['healthz', 'proxy'];
    case 'configz': return ['configz', 'proxy'];
    default: return ['proxy'];
  }
}
