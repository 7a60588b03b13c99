import { internalError } from '../../../apimachinery/status.ts';
import type { Clock } from '../../../base/clock.ts';
import type { Logger } from '../../../base/logger.ts';
import { randomUid, type Random } from '../../../base/random.ts';
import type { Authorizer } from '../../authorization/authorizer.ts';
import type { CachedObjects } from '../../cacher/cached-objects.ts';
import type { ResourceTable } from '../../registry/served-resource.ts';
import { WebhookCallError } from '../../webhooks/call-error.ts';
import type { WebhookAddress, WebhookClient } from '../../webhooks/webhook-client.ts';
import type { WebhookUsers } from '../../webhooks/webhook-users.ts';
import type { WebhookMetrics } from '../../webhooks/webhook-metrics.ts';
import type { AdmissionAttributes } from '../plugin.ts';
import type { Invocation } from './invocation.ts';
import { denied, dryRunUnsupported } from './rejection.ts';
import { admissionRequest, verdictOf, type Verdict } from './review.ts';

/** What the two webhook plugins are made of. */
export interface WebhookTools {
  /** Asked late: the plugins are made before the server. */
  readonly objects: () => CachedObjects;
  readonly resources: () => ResourceTable;
  readonly client: WebhookClient;
  readonly metrics: WebhookMetrics;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** With whom match conditions ask. */
export type AuthorizedWebhookTools = WebhookTools & { readonly authorizer: Authorizer };

export type AdmissionType = 'admit' | 'validating';

const DEFAULT_TIMEOUT_SECONDS = 10;
const REVIEW_VERSIONS = ['v1', 'v1beta1'];
const NO_SIDE_EFFECTS: ReadonlySet<string> = new Set(['None', 'NoneOnDryRun']);

/** Asks one webhook, and keeps to its failure policy. */
export class HookCaller {
  readonly #tools: WebhookTools;
  readonly #type: AdmissionType;
  readonly #users: WebhookUsers | undefined;

  /** `users`: who the server is to webhooks. */
  constructor(tools: WebhookTools, type: AdmissionType, users?: WebhookUsers) {
    this.#tools = tools;
    this.#type = type;
    this.#users = users;
  }

  /**
   * What the webhook says when it allows; undefined when it could not be asked and may fail. `use` is part of the call: what fails in it fails as the call would.
   * Throws StatusError when it denies, or could not be asked and must not fail.
   */
  async call(invocation: Invocation, attributes: AdmissionAttributes, use?: (verdict: Verdict) => Promise<void>): Promise<Verdict | undefined> {
    const { webhook } = invocation.hook;
    const { clock, metrics, logger } = this.#tools;
    if (attributes.dryRun && !NO_SIDE_EFFECTS.has(webhook.sideEffects ?? '')) throw dryRunUnsupported(webhook.name);
    const startMs = clock.monotonic();
    const labels = { name: webhook.name, type: this.#type, operation: attributes.operation };
    const done = (outcome: { code: number; rejected: boolean }): void => metrics.called({ ...labels, ...outcome, ms: clock.monotonic() - startMs });
    try {
      const verdict = await this.#ask(invocation, attributes);
      this.#report(webhook.name, verdict, attributes);
      if (!verdict.allowed) {
        const refusal = denied(webhook.name, verdict.status);
        done({ code: refusal.code, rejected: true });
        metrics.rejected({ ...labels, errorType: 'no_error', code: refusal.code });
        throw refusal;
      }
      await use?.(verdict);
      done({ code: 200, rejected: false });
      return verdict;
    } catch (error) {
      if (!(error instanceof WebhookCallError)) throw error;
      const failsOpen = webhook.failurePolicy === 'Ignore';
      done({ code: error.code, rejected: !failsOpen });
      const message = `failed calling webhook ${JSON.stringify(webhook.name)}: ${error.message}`;
      if (!failsOpen) {
        metrics.rejected({ ...labels, errorType: 'calling_webhook_error', code: error.code });
        throw internalError(message, { cause: error });
      }
      metrics.failedOpen(labels);
      logger.warn('a webhook could not be called, failing open', { webhook: webhook.name, error });
      return undefined;
    }
  }

  async #ask(invocation: Invocation, attributes: AdmissionAttributes): Promise<Verdict> {
    const { webhook } = invocation.hook;
    const uid = randomUid(this.#tools.random);
    const [object, oldObject] = await Promise.all([invocation.object.object(), invocation.object.oldObject()]);
    const version = webhook.admissionReviewVersions?.find((one) => REVIEW_VERSIONS.includes(one)) ?? 'v1';
    const apiVersion = `admission.k8s.io/${version}`;
    const review = { kind: 'AdmissionReview', apiVersion, request: admissionRequest(invocation, attributes, { uid, object, oldObject }) };
    const timeoutSeconds = webhook.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
    const answer = await this.#tools.client.post(webhook.clientConfig as WebhookAddress, review, { timeoutSeconds, signal: attributes.signal ?? NEVER, users: this.#users });
    return verdictOf(answer, { apiVersion, uid, isMutating: this.#type === 'admit' });
  }

  #report(name: string, { warnings, auditAnnotations }: Verdict, attributes: AdmissionAttributes): void {
    for (const [key, value] of Object.entries(auditAnnotations)) attributes.annotate(`${name}/${key}`, value);
    for (const warning of warnings) attributes.warn(warning);
  }
}

const NEVER = new AbortController().signal;
