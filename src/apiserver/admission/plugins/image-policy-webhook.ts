import { resolve } from 'node:path';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { isObject, type JsonObject } from '../../../apimachinery/patch/json.ts';
import type { Clock } from '../../../base/clock.ts';
import { WebhookCallError } from '../../webhooks/call-error.ts';
import { kubeconfigTarget, type KubeconfigTarget } from '../../webhooks/kubeconfig-target.ts';
import type { WebhookClient } from '../../webhooks/webhook-client.ts';
import type { PluginConfiguration } from '../plugin-configuration.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';
import { refusal } from '../refusal.ts';

interface Settings {
  readonly target: KubeconfigTarget;
  readonly allowTtlMs: number;
  readonly denyTtlMs: number;
  readonly retryBackoffMs: number;
  readonly defaultAllow: boolean;
}

interface ReviewStatus {
  readonly allowed?: boolean;
  readonly reason?: string;
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

const AUDIT_PREFIX = 'imagepolicywebhook.image-policy.k8s.io/';
const FIELDS: ReadonlySet<string> = new Set(['kubeConfigFile', 'allowTTL', 'denyTTL', 'retryBackoff', 'defaultAllow']);
const ATTEMPTS = 5;
const DELAY_FACTOR = 1.5;
const TIMEOUT_SECONDS = 30;
const REMEMBERED = 1024;
const MAX_TTL_SECONDS = 1800;
const MAX_BACKOFF_MS = 300_000;

/** Asks a server of somebody else whether the images of pods may run. Source: kubernetes plugin/pkg/admission/imagepolicy. */
export class ImagePolicyWebhook implements AdmissionPlugin {
  readonly name = 'ImagePolicyWebhook';
  readonly #client: WebhookClient;
  readonly #clock: Clock;
  readonly #settings: Settings;
  readonly #known = new Map<string, { readonly status: ReviewStatus; readonly untilMs: number }>();

  /** Throws RangeError without a configuration that names a kubeconfig. */
  constructor(tools: { readonly client: WebhookClient; readonly clock: Clock }, configuration: PluginConfiguration | undefined) {
    this.#client = tools.client;
    this.#clock = tools.clock;
    this.#settings = settingsOf(configuration);
  }

  handles(operation: AdmissionAttributes['operation'], { group, resource, subresource }: AdmissionAttributes): boolean {
    return group === '' && resource === 'pods' && (subresource === '' || subresource === 'ephemeralcontainers') && (operation === 'CREATE' || operation === 'UPDATE');
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const { spec, metadata } = attributes.object as Pod;
    const some = attributes.subresource === 'ephemeralcontainers' ? (spec.ephemeralContainers ?? []) : [...(spec.initContainers ?? []), ...spec.containers];
    const annotations = Object.fromEntries(Object.entries(metadata.annotations ?? {}).filter(([key]) => key.includes('.image-policy.k8s.io/')));
    const review = { containers: some.map(({ image }) => ({ image })), ...(Object.keys(annotations).length > 0 && { annotations }), namespace: attributes.namespace };
    const status = await this.#ask(review, attributes);
    if (!status) return;
    for (const [key, value] of Object.entries(status.auditAnnotations ?? {})) attributes.annotate(`${AUDIT_PREFIX}${key}`, value);
    if (status.allowed === true) return;
    throw refusal(attributes, status.reason ? `image policy webhook backend denied one or more images: ${status.reason}` : 'one or more images rejected by webhook backend');
  }

  /** Undefined: nobody could be asked, and that is no reason to refuse. */
  async #ask(review: object, attributes: AdmissionAttributes): Promise<ReviewStatus | undefined> {
    const key = JSON.stringify(review);
    const known = this.#known.get(key);
    if (known && known.untilMs > this.#clock.monotonic()) return known.status;
    try {
      const status = await this.#post(review, attributes.signal ?? new AbortController().signal);
      this.#remember(key, status);
      return status;
    } catch (error) {
      if (!(error instanceof WebhookCallError)) throw error;
      if (!this.#settings.defaultAllow) throw refusal(attributes, error.message.replace(/^failed to call webhook: /, ''));
      attributes.annotate(`${AUDIT_PREFIX}failed-open`, 'true');
      return undefined;
    }
  }

  async #post(spec: object, signal: AbortSignal): Promise<ReviewStatus> {
    const { target, retryBackoffMs } = this.#settings;
    const body = { kind: 'ImageReview', apiVersion: 'imagepolicy.k8s.io/v1alpha1', metadata: {}, spec, status: { allowed: false } };
    for (let attempt = 1, delayMs = retryBackoffMs; ; attempt++, delayMs *= DELAY_FACTOR) {
      try {
        const answer = await this.#client.postTo(target.url, body, { timeoutSeconds: TIMEOUT_SECONDS, signal, tls: target.tls, headers: target.headers });
        const status = isObject(answer) ? answer['status'] : undefined;
        return isObject(status) ? (status as ReviewStatus) : {};
      } catch (error) {
        const isLasting = !(error instanceof WebhookCallError) || (error.code > 0 && error.code < 500 && error.code !== 429);
        if (isLasting || attempt >= ATTEMPTS) throw error;
        await this.#clock.sleep(delayMs, signal);
      }
    }
  }

  #remember(key: string, status: ReviewStatus): void {
    const ttlMs = status.allowed === true ? this.#settings.allowTtlMs : this.#settings.denyTtlMs;
    if (ttlMs <= 0) return;
    const [oldest] = this.#known.keys();
    if (this.#known.size >= REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(key, { status, untilMs: this.#clock.monotonic() + ttlMs });
  }
}

function settingsOf(configuration: PluginConfiguration | undefined): Settings {
  const config = isObject(configuration?.value) ? configuration.value['imagePolicy'] : undefined;
  if (!configuration || !isObject(config)) throw new RangeError('it needs a configuration: imagePolicy with the kubeConfigFile of the webhook');
  const unknown = Object.keys(config).find((name) => !FIELDS.has(name));
  if (unknown !== undefined) throw new RangeError(`imagePolicy: unknown field ${JSON.stringify(unknown)}`);
  const { kubeConfigFile, defaultAllow = false } = config;
  if (typeof kubeConfigFile !== 'string' || kubeConfigFile === '') throw new RangeError('imagePolicy.kubeConfigFile: Required value');
  if (typeof defaultAllow !== 'boolean') throw new RangeError('imagePolicy.defaultAllow must be true or false');
  return {
    target: kubeconfigTarget(resolve(configuration.folder, kubeConfigFile)), defaultAllow,
    allowTtlMs: duration(config, 'allowTTL', { absent: 300, max: MAX_TTL_SECONDS, unit: 'seconds' }) * 1000,
    denyTtlMs: duration(config, 'denyTTL', { absent: 30, max: MAX_TTL_SECONDS, unit: 'seconds' }) * 1000,
    retryBackoffMs: duration(config, 'retryBackoff', { absent: 500, max: MAX_BACKOFF_MS, unit: 'milliseconds' }),
  };
}

/** 0 takes the default, a negative number turns it off. */
function duration(config: JsonObject, name: string, { absent, max, unit }: { readonly absent: number; readonly max: number; readonly unit: string }): number {
  const value = config[name] ?? 0;
  if (typeof value !== 'number' || value > max) throw new RangeError(`imagePolicy.${name}: valid value is between 1 and ${max} ${unit}, got ${JSON.stringify(value)}`);
  return value === 0 ? absent : Math.max(value, 0);
}
