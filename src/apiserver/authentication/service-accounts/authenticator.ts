import * as refs from '../../../api/refs.ts';
import type { DeepReadonly, KubeObject } from '../../../apimachinery/meta.ts';
import { unauthorized } from '../../../apimachinery/status.ts';
import type { Secret } from '../../../api/generated/core-v1.ts';
import { INVALID_SINCE } from '../../../component-helpers/legacy-tokens.ts';
import type { Clock } from '../../../base/clock.ts';
import type { CachedObjects } from '../../cacher/cached-objects.ts';
import type { Identity, TokenAuthenticator, UserInfo } from '../authenticator.ts';
import type { ObjectReference, ServiceAccountTokens, VerifiedToken } from './tokens.ts';

/** So long after its deletion began may a pod still use its token, to say goodbye. */
const LEEWAY_MS = 60_000;
/** Tokens whose signature was checked are remembered: that costs more than a request. */
const REMEMBERED = 8192;

/** Tokens of service accounts, as long as all they are bound to exists. Source: kubernetes pkg/serviceaccount, Validator. */
export class ServiceAccountAuthenticator implements TokenAuthenticator {
  readonly #tokens: ServiceAccountTokens;
  readonly #objects: () => CachedObjects;
  readonly #clock: Clock;
  readonly #looksUp: boolean;
  readonly #onLegacyUse: ((secret: DeepReadonly<Secret>) => void) | undefined;
  readonly #known = new Map<string, VerifiedToken>();

  /** `looksUp`: whether what a token is bound to must exist; default: true. `onLegacyUse` is told of the Secret of each token that is kept in one, when it is used. */
  constructor(options: { tokens: ServiceAccountTokens; objects: () => CachedObjects; clock: Clock; looksUp?: boolean; onLegacyUse?: (secret: DeepReadonly<Secret>) => void }) {
    this.#onLegacyUse = options.onLegacyUse;
    this.#looksUp = options.looksUp ?? true;
    this.#tokens = options.tokens;
    this.#objects = options.objects;
    this.#clock = options.clock;
  }

  authenticateToken(token: string, audiences: readonly string[] = this.#tokens.apiAudiences): Identity | undefined | Promise<Identity> {
    const verified = this.#verify(token);
    if (!verified) return undefined;
    // Legacy tokens name no audience: they are for the server.
    const named = verified.id === undefined ? this.#tokens.apiAudiences : verified.audiences;
    const shared = audiences.filter((one) => named.includes(one));
    if (shared.length === 0) throw unauthorized();
    const identity = { user: userOf(verified), audiences: shared };
    if (!this.#looksUp || this.#isAlive(token, verified)) return identity;
    // Another server may have made the account a moment ago.
    const behind = this.#objects().caughtUp();
    if (!behind) throw unauthorized();
    return behind.then(() => {
      if (this.#isAlive(token, verified)) return identity;
      throw unauthorized();
    });
  }

  #verify(token: string): VerifiedToken | undefined {
    const known = this.#known.get(token);
    if (known) {
      if (known.expiresMs === undefined || known.expiresMs > this.#clock.now()) return known;
      this.#known.delete(token);
      throw unauthorized();
    }
    const verified = this.#tokens.verify(token);
    if (!verified) return undefined;
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    this.#known.set(token, verified);
    return verified;
  }

  /** A token that is kept in a Secret holds while the Secret does, and has not been marked invalid for want of use. */
  #mayUse(secret: DeepReadonly<Secret> | undefined, token: string): boolean {
    if (!secret || Buffer.from(secret.data?.['token'] ?? '', 'base64').toString('utf8') !== token) return false;
    this.#onLegacyUse?.(secret);
    return !secret.metadata.labels?.[INVALID_SINCE];
  }

  #isAlive(token: string, { namespace, serviceAccount, pod, secret, node, id }: VerifiedToken): boolean {
    const objects = this.#objects();
    const is = (object: DeepReadonly<KubeObject> | undefined, wanted: ObjectReference): boolean => {
      if (!object || (wanted.uid !== '' && object.metadata.uid !== wanted.uid)) return false;
      const { deletionTimestamp } = object.metadata;
      return deletionTimestamp === undefined || Date.parse(deletionTimestamp) + LEEWAY_MS > this.#clock.now();
    };
    if (!is(objects.get(refs.serviceAccounts, serviceAccount.name, namespace), serviceAccount)) return false;
    if (pod && !is(objects.get(refs.pods, pod.name, namespace), pod)) return false;
    if (secret) {
      const stored = objects.get(refs.secrets, secret.name, namespace);
      if (!is(stored, secret)) return false;
      if (id === undefined && !this.#mayUse(stored, token)) return false;
    }
    return !node || pod !== undefined || is(objects.get(refs.nodes, node.name), node);
  }
}

export const SERVICE_ACCOUNT_GROUP = 'system:serviceaccounts';

function userOf({ namespace, serviceAccount, pod, node, id }: VerifiedToken): UserInfo {
  const extra: Record<string, string[]> = {
    ...(id !== undefined && { 'authentication.kubernetes.io/credential-id': [`JTI=${id}`] }),
    ...(node && { 'authentication.kubernetes.io/node-name': [node.name], 'authentication.kubernetes.io/node-uid': [node.uid] }),
    ...(pod && { 'authentication.kubernetes.io/pod-name': [pod.name], 'authentication.kubernetes.io/pod-uid': [pod.uid] }),
  };
  return {
    name: `system:serviceaccount:${namespace}:${serviceAccount.name}`, uid: serviceAccount.uid, groups: [SERVICE_ACCOUNT_GROUP, `${SERVICE_ACCOUNT_GROUP}:${namespace}`],
    ...(Object.keys(extra).length > 0 && { extra }),
  };
}
