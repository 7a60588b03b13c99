import type { Secret, ServiceAccount } from '../../api/generated/core-v1.ts';
import { secrets, serviceAccounts } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { keyOf, splitKey } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
import type { Client } from '../../client/client.ts';
import { Controller } from '../../client/controller.ts';
import type { Lister } from '../../client/lister.ts';
import type { ControllerContext } from '../context.ts';
import { ACCOUNT_NAME, ACCOUNT_UID, base64, legacyClaims, planTokenSecret, TOKEN_SECRET_TYPE, withoutSecret } from './plan.ts';

/** Puts a token into the Secrets that ask for one of a service account, and takes them away with it. */
export class ServiceAccountTokenController extends Controller {
  readonly #client: Client;
  readonly #rootCA: string;
  readonly #signToken: ControllerContext['options']['signToken'];
  readonly #secrets: Lister<Secret>;
  readonly #accounts: Lister<ServiceAccount>;
  /** The accounts of Secrets that have gone, which may list them. */
  readonly #gone = new Map<string, string>();

  constructor(context: ControllerContext) {
    super({ name: 'serviceaccount-token-controller', clock: context.clock, logger: context.logger });
    this.#client = context.client;
    this.#rootCA = context.options.rootCA;
    this.#signToken = context.options.signToken;
    const tokens = context.informers.informer(secrets, { fieldSelector: `type=${TOKEN_SECRET_TYPE}` });
    this.#secrets = this.watch(tokens, (secret, { after }) => {
      const account = secret.metadata.annotations?.[ACCOUNT_NAME];
      if (!after && account) this.#gone.set(keyOf(secret), account);
      return [keyOf(secret)];
    }).lister;
    this.#accounts = this.watch(context.informers.informer(serviceAccounts), (account) => this.#secrets.byIndex(byAccount, keyOf(account)).map(keyOf)).lister;
  }

  protected async reconcile(key: string, signal: AbortSignal): Promise<undefined> {
    const secret = this.#secrets.get(key);
    if (!secret) return this.#unlist(key, signal);
    if (!this.#signToken) return;
    const accountName = secret.metadata.annotations?.[ACCOUNT_NAME] ?? '';
    const { name, namespace, uid, resourceVersion } = secret.metadata;
    const account = this.#accounts.get(`${namespace}/${accountName}`) ?? (await this.#live(accountName, namespace, signal));
    const plan = planTokenSecret(secret, account, this.#rootCA);
    if (plan === 'nothing') return;
    const resource = this.#client.resource(secrets, namespace);
    try {
      if (plan === 'delete') {
        await resource.delete(name, { preconditions: { uid, resourceVersion }, signal });
        return;
      }
      if (!account) return;
      const data = {
        ...secret.data,
        token: secret.data?.['token'] || base64(await this.#signToken(legacyClaims(secret, account))),
        namespace: secret.data?.['namespace'] || base64(namespace ?? ''),
        ...(this.#rootCA !== '' && { 'ca.crt': base64(this.#rootCA) }),
      };
      const annotations = { ...secret.metadata.annotations, [ACCOUNT_UID]: account.metadata.uid };
      await resource.update({ ...secret, metadata: { ...secret.metadata, annotations }, data }, { signal });
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
    }
  }

  /** A Secret that has gone is taken from the list of its account. */
  async #unlist(key: string, signal: AbortSignal): Promise<undefined> {
    const accountName = this.#gone.get(key);
    const { namespace, name } = splitKey(key);
    if (accountName === undefined || !this.#accounts.get(`${namespace}/${accountName}`)) return void this.#gone.delete(key);
    const account = await this.#live(accountName, namespace, signal);
    const left = account && withoutSecret(account, name);
    if (account && left) await this.#client.resource(serviceAccounts, namespace).update({ ...account, secrets: left } as ServiceAccount, { signal });
    this.#gone.delete(key);
  }

  /** Asked of the server before a Secret goes: the cache may not have seen the account yet. */
  async #live(name: string, namespace: string | undefined, signal: AbortSignal): Promise<DeepReadonly<ServiceAccount> | undefined> {
    if (name === '') return undefined;
    try {
      return await this.#client.resource(serviceAccounts, namespace).get(name, { signal });
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
      return undefined;
    }
  }
}

function byAccount({ metadata }: DeepReadonly<Secret>): readonly string[] {
  const name = metadata.annotations?.[ACCOUNT_NAME];
  return name ? [`${metadata.namespace}/${name}`] : [];
}
