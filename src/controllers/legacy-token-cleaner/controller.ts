import type { Pod, Secret, ServiceAccount } from '../../api/generated/core-v1.ts';
import { configMaps, pods, secrets, serviceAccounts } from '../../api/refs.ts';
import { keyOf, type DeepReadonly } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
import type { Client } from '../../client/client.ts';
import { Controller, type RequeueAfter } from '../../client/controller.ts';
import type { Lister } from '../../client/lister.ts';
import { dayOf, INVALID_SINCE, TRACKED_SINCE, TRACKING_NAME, TRACKING_NAMESPACE } from '../../component-helpers/legacy-tokens.ts';
import type { ControllerContext } from '../context.ts';
import { isTrackedLongEnough, planLegacyToken } from './plan.ts';

/** So often all tokens are looked at. */
const SYNC_MS = 24 * 3_600_000;
const ALL = 'all';
const TOKEN_SECRET_TYPE = 'kubernetes.io/service-account-token';

/** Marks tokens in Secrets that nobody uses as invalid, and deletes them in the end. */
export class LegacyTokenCleaner extends Controller {
  readonly #client: Client;
  readonly #periodMs: number;
  readonly #secrets: Lister<Secret>;
  readonly #accounts: Lister<ServiceAccount>;
  readonly #pods: Lister<Pod>;

  constructor(context: ControllerContext) {
    super({ name: 'legacy-serviceaccount-token-cleaner-controller', clock: context.clock, logger: context.logger, workers: 1 });
    this.#client = context.client;
    this.#periodMs = context.options.legacyTokenCleanUpPeriodMs;
    this.#secrets = this.reads(context.informers.informer(secrets, { fieldSelector: `type=${TOKEN_SECRET_TYPE}` })).lister;
    this.#accounts = this.reads(context.informers.informer(serviceAccounts)).lister;
    this.#pods = this.reads(context.informers.informer(pods)).lister;
    this.queue.add(ALL);
  }

  protected async reconcile(_key: string, signal: AbortSignal): Promise<RequeueAfter> {
    const nowMs = this.clock.now();
    if (isTrackedLongEnough(await this.#trackedSince(signal), nowMs, this.#periodMs)) for (const secret of this.#secrets.list()) await this.#clean(secret, nowMs, signal);
    return { afterMs: SYNC_MS };
  }

  async #trackedSince(signal: AbortSignal): Promise<string | undefined> {
    try {
      return (await this.#client.resource(configMaps, TRACKING_NAMESPACE).get(TRACKING_NAME, { signal })).data?.[TRACKED_SINCE];
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
      return undefined;
    }
  }

  async #clean(secret: DeepReadonly<Secret>, nowMs: number, signal: AbortSignal): Promise<void> {
    const { name, namespace = '', uid, resourceVersion, annotations } = secret.metadata;
    const account = this.#accounts.get(`${namespace}/${annotations?.['kubernetes.io/service-account.name'] ?? ''}`);
    const plan = planLegacyToken({ secret, account, pods: this.#pods.inNamespace(namespace), nowMs, periodMs: this.#periodMs });
    if (plan === 'keep') return;
    const resource = this.#client.resource(secrets, namespace);
    try {
      if (plan === 'delete') await resource.delete(name, { preconditions: { uid, resourceVersion }, signal });
      else await resource.patch(name, { type: 'merge', patch: { metadata: { uid, resourceVersion, labels: { [INVALID_SINCE]: dayOf(nowMs) } } } }, { signal });
      this.logger.info(plan === 'delete' ? 'deleted a token that nobody uses' : 'marked a token that nobody uses as invalid', { secret: keyOf(secret) });
    } catch (error) {
      if (!hasReason(error, 'NotFound', 'Conflict')) throw error;
    }
  }
}
