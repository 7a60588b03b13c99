import { serviceAccounts } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { parseTime } from '../../apimachinery/time.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { Clock } from '../../base/clock.ts';
import type { Client } from '../../client/index.ts';

interface Token {
  readonly token: string;
  readonly refreshAtMs: number;
  /** As the API writes times. */
  readonly expirationTimestamp: string;
}

const DAY_MS = 86_400_000;
const REFRESH_SHARE = 0.8;

/** Tokens of service accounts, bound to pods; asked for anew when four fifths of their life, or a day, have passed. */
export class TokenManager {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #tokens = new Map<string, Token>();

  constructor(options: { client: Client; clock: Clock }) {
    this.#client = options.client;
    this.#clock = options.clock;
  }

  async token(pod: DeepReadonly<Pod>, request: { audience: string | undefined; expirationSeconds: number }, signal: AbortSignal): Promise<Token> {
    const { uid, name, namespace = '' } = pod.metadata;
    const key = `${uid}/${request.audience ?? ''}/${request.expirationSeconds}`;
    const known = this.#tokens.get(key);
    const nowMs = this.#clock.now();
    if (known && known.refreshAtMs > nowMs) return known;
    const body = {
      apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest',
      spec: {
        audiences: request.audience === undefined ? [] : [request.audience], expirationSeconds: request.expirationSeconds,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      },
    };
    const account = this.#client.resource(serviceAccounts, namespace);
    const answer = await account.subresource<{ status: { token: string; expirationTimestamp: string } }>(pod.spec.serviceAccountName || 'default', 'token', { method: 'POST', body, signal });
    const lifeMs = parseTime(answer.status.expirationTimestamp) - nowMs;
    const token = { token: answer.status.token, expirationTimestamp: answer.status.expirationTimestamp, refreshAtMs: nowMs + Math.min(lifeMs * REFRESH_SHARE, DAY_MS) };
    this.#tokens.set(key, token);
    return token;
  }

  forgetPod(uid: string): void {
    for (const key of this.#tokens.keys()) if (key.startsWith(`${uid}/`)) this.#tokens.delete(key);
  }
}
