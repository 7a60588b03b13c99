import type { Expression } from '../../cel/expression.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Transport } from '../../client/transport.ts';
import type { UserInfo } from '../authentication/authenticator.ts';
import { selectorAttributes } from './selector-attributes.ts';
import type { Authorization, AuthorizationAttributes, Authorizer, RuleResolver, UserRules } from './authorizer.ts';

export interface WebhookAuthorizerOptions {
  readonly transport: Transport;
  /** Of the SubjectAccessReview: `v1` or `v1beta1`. */
  readonly version: string;
  readonly authorizedMs: number;
  readonly unauthorizedMs: number;
  /** What counts when the webhook fails. */
  readonly onFailure: 'Deny' | 'NoOpinion';
  /** Asked only when all are true of `request`, the review's spec. */
  readonly matchConditions: readonly Expression[];
  readonly clock: Clock;
  readonly logger: Logger;
}

interface ReviewStatus {
  readonly allowed?: boolean;
  readonly denied?: boolean;
  readonly reason?: string;
}

interface ReviewSpec {
  readonly groups?: readonly string[];
}

const ATTEMPTS = 5;
const FIRST_DELAY_MS = 500;
const DELAY_FACTOR = 1.5;
const REMEMBERED = 8192;
/** Longer ones are not remembered. */
const LONGEST_KEY = 10_000;

/** Asks a server of somebody else what a user may do, by SubjectAccessReview. Source: "Webhook Mode". */
export class WebhookAuthorizer implements Authorizer, RuleResolver {
  readonly #options: WebhookAuthorizerOptions;
  readonly #known = new Map<string, { readonly answer: Authorization; readonly untilMs: number }>();

  readonly #asking = new Set<Promise<ReviewStatus>>();

  constructor(options: WebhookAuthorizerOptions) {
    this.#options = options;
  }

  async authorize(attributes: AuthorizationAttributes): Promise<Authorization> {
    const { clock, logger, onFailure } = this.#options;
    const spec = specOf(attributes);
    const key = JSON.stringify(spec);
    const known = this.#known.get(key);
    if (known && known.untilMs > clock.monotonic()) return known.answer;
    try {
      if (!this.#options.matchConditions.every((one) => one.evaluate({ request: spec }) === true)) return { decision: 'no opinion', reason: '' };
      const answer = answerOf(await this.#ask(spec));
      this.#remember(key, answer);
      return answer;
    } catch (error) {
      logger.error('the webhook for authorization failed', { error });
      const evaluationError = error instanceof Error ? error.message : String(error);
      return { decision: onFailure === 'Deny' ? 'deny' : 'no opinion', reason: '', evaluationError };
    }
  }

  rulesFor(_user: UserInfo, _namespace: string): UserRules {
    return { resourceRules: [], nonResourceRules: [], incomplete: true, evaluationError: 'webhook authorizer does not support user rule resolution' };
  }

  /** Resolves once nobody waits for an answer any more: then the transport may be closed. */
  async settled(): Promise<void> {
    while (this.#asking.size > 0) await Promise.allSettled(this.#asking);
  }

  #ask(spec: ReviewSpec): Promise<ReviewStatus> {
    const asking = this.#askAgain(spec);
    this.#asking.add(asking);
    return asking.finally(() => this.#asking.delete(asking));
  }

  async #askAgain(spec: ReviewSpec): Promise<ReviewStatus> {
    const { transport, version, clock } = this.#options;
    const { signal } = new AbortController();
    const body = { kind: 'SubjectAccessReview', apiVersion: `authorization.k8s.io/${version}`, metadata: {}, spec: version === 'v1' ? spec : inBeta(spec), status: { allowed: false } };
    for (let attempt = 1, delayMs = FIRST_DELAY_MS; ; attempt++, delayMs *= DELAY_FACTOR) {
      try {
        const answer = await transport.send({ method: 'POST', path: '', body, signal });
        if (answer.status >= 200 && answer.status < 300) return (answer.body as { status?: ReviewStatus } | undefined)?.status ?? {};
        throw new Error(`the webhook for authorization answered ${answer.status}`);
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
      }
      await clock.sleep(delayMs, signal);
    }
  }

  #remember(key: string, answer: Authorization): void {
    const ttlMs = answer.decision === 'allow' ? this.#options.authorizedMs : this.#options.unauthorizedMs;
    if (ttlMs === 0 || key.length > LONGEST_KEY) return;
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    this.#known.set(key, { answer, untilMs: this.#options.clock.monotonic() + ttlMs });
  }
}

function answerOf({ allowed = false, denied = false, reason = '' }: ReviewStatus): Authorization {
  if (allowed && denied) throw new Error('the webhook for authorization both allows and denies');
  return { decision: allowed ? 'allow' : denied ? 'deny' : 'no opinion', reason };
}

/** `v1beta1` names the groups by `group`. */
function inBeta({ groups, ...rest }: ReviewSpec): object {
  return { ...rest, ...(groups && { group: groups }) };
}

function specOf(attributes: AuthorizationAttributes): ReviewSpec {
  const { user, verb, isResourceRequest, namespace, apiGroup, apiVersion, resource, subresource, name, path } = attributes;
  const what = isResourceRequest
    ? {
        resourceAttributes: {
          ...(namespace && { namespace }), verb, ...(apiGroup && { group: apiGroup }), ...(apiVersion && { version: apiVersion }), resource, ...(subresource && { subresource }), ...(name && { name }),
          ...selectorAttributes(attributes),
        },
      }
    : { nonResourceAttributes: { path, verb } };
  return {
    ...what, ...(user.name && { user: user.name }), ...(user.groups.length > 0 && { groups: [...user.groups] }), ...(user.extra && { extra: user.extra }), ...(user.uid && { uid: user.uid }),
  };
}
