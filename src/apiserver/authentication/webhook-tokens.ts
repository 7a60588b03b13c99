import { createHash } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { Transport, TransportResponse } from '../../client/transport.ts';
import type { Identity, TokenAuthenticator } from './authenticator.ts';

/** What a TokenReview's status says. */
interface ReviewStatus {
  readonly authenticated?: boolean;
  readonly error?: string;
  readonly audiences?: readonly string[];
  readonly user?: { readonly username?: string; readonly uid?: string; readonly groups?: readonly string[]; readonly extra?: Readonly<Record<string, readonly string[]>> };
}

const REMEMBERED = 4096;
const ATTEMPTS = 5;
const FIRST_DELAY_MS = 500;
const DELAY_FACTOR = 1.5;

/** Asks a server of somebody else whose a token is, by TokenReview. Source: "Authenticating", webhook token authentication. */
export class WebhookTokenAuthenticator implements TokenAuthenticator {
  readonly #options: { readonly transport: Transport; readonly version: string; readonly cacheMs: number; readonly apiAudiences: readonly string[]; readonly clock: Clock };
  readonly #known = new Map<string, { readonly identity: Identity | undefined; readonly untilMs: number }>();

  /** `version`: of the TokenReview, `v1` or `v1beta1`. Answers are remembered for `cacheMs`. */
  constructor(options: { transport: Transport; version: string; cacheMs: number; apiAudiences: readonly string[]; clock: Clock }) {
    this.#options = options;
  }

  async authenticateToken(token: string, audiences: readonly string[] = this.#options.apiAudiences): Promise<Identity | undefined> {
    const { clock, cacheMs } = this.#options;
    const key = createHash('sha256').update(JSON.stringify([token, audiences])).digest('base64');
    const known = this.#known.get(key);
    if (known && known.untilMs > clock.monotonic()) return known.identity;
    const identity = await this.#ask(token, audiences);
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    if (cacheMs > 0) this.#known.set(key, { identity, untilMs: clock.monotonic() + cacheMs });
    return identity;
  }

  /** A server that is overloaded, broken or out of reach is asked again. Source: apiserver pkg/util/webhook, WithExponentialBackoff and DefaultShouldRetry. */
  async #send(body: object): Promise<TransportResponse> {
    const { transport, clock } = this.#options;
    const { signal } = new AbortController();
    for (let attempt = 1, delayMs = FIRST_DELAY_MS; ; attempt++, delayMs *= DELAY_FACTOR) {
      const answer = await transport.send({ method: 'POST', path: '', body, signal }).catch((error: unknown) => {
        if (attempt === ATTEMPTS) throw error;
      });
      if (answer && answer.status >= 200 && answer.status < 300) return answer;
      if (answer && (attempt === ATTEMPTS || (answer.status < 500 && answer.status !== 429))) throw new Error(`the webhook for tokens answered ${answer.status}`);
      await clock.sleep(delayMs, signal);
    }
  }

  async #ask(token: string, audiences: readonly string[]): Promise<Identity | undefined> {
    const body = { kind: 'TokenReview', apiVersion: `authentication.k8s.io/${this.#options.version}`, metadata: {}, spec: { token, audiences }, status: { user: {} } };
    const answer = await this.#send(body);
    const { authenticated, user, audiences: named, error } = (answer.body as { status?: ReviewStatus } | undefined)?.status ?? {};
    if (authenticated !== true) {
      if (error) throw new Error(`the webhook for tokens says: ${error}`);
      return undefined;
    }
    // Who names no audiences knows of none: the token is for this server then.
    const shared = named && named.length > 0 ? audiences.filter((one) => named.includes(one)) : audiences.filter((one) => this.#options.apiAudiences.includes(one));
    if (audiences.length > 0 && shared.length === 0) return undefined;
    const { username = '', uid, groups = [], extra } = user ?? {};
    return { user: { name: username, groups, ...(uid && { uid }), ...(extra && { extra }) }, audiences: shared };
  }
}
