import * as refs from '../../../api/refs.ts';
import type { DeepReadonly, KubeObject } from '../../../apimachinery/meta.ts';
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
    if (shared.length === 0) throw new Error(`token audiences ${goList(named)} is invalid for the target audiences ${goList(audiences)}`);
    const identity = { user: userOf(verified), audiences: shared };
    const fault = this.#looksUp ? this.#faultOf(token, verified) : undefined;
    if (fault === undefined) return identity;
    // Another server may have made the account a moment ago.
    const behind = this.#objects().caughtUp();
    if (!behind) throw new Error(fault);
    return behind.then(() => {
      const still = this.#faultOf(token, verified);
      if (still === undefined) return identity;
      throw new Error(still);
    });
  }

  #verify(token: string): VerifiedToken | undefined {
    const known = this.#known.get(token);
    if (known) {
      if (known.expiresMs === undefined || known.expiresMs > this.#clock.now()) return known;
      this.#known.delete(token);
      throw new Error('service account token has expired');
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

  /** Why a token of a service account is none any more; undefined: it is. Source: kubernetes pkg/serviceaccount/claims.go. */
  #faultOf(token: string, { namespace, serviceAccount, pod, secret, node, id }: VerifiedToken): string | undefined {
    const objects = this.#objects();
    const account = objects.get(refs.serviceAccounts, serviceAccount.name, namespace);
    if (!account) return `serviceaccounts ${JSON.stringify(serviceAccount.name)} not found`;
    if (this.#isGone(account)) return `service account ${namespace}/${serviceAccount.name} has been deleted`;
    if (isAnother(account, serviceAccount)) return `service account UID (${account.metadata.uid}) does not match claim (${serviceAccount.uid})`;
    const stored = secret && objects.get(refs.secrets, secret.name, namespace);
    const fault = this.#boundFault('secret', secret, stored);
    if (fault !== undefined) return fault;
    if (secret && id === undefined && !this.#mayUse(stored, token)) return INVALIDATED;
    const podFault = pod && this.#boundFault('pod', pod, objects.get(refs.pods, pod.name, namespace));
    if (podFault !== undefined || pod !== undefined) return podFault;
    return node && this.#boundFault('node', node, objects.get(refs.nodes, node.name));
  }

  #boundFault(kind: string, wanted: ObjectReference | undefined, object: DeepReadonly<KubeObject> | undefined): string | undefined {
    if (!wanted) return undefined;
    if (!object || this.#isGone(object)) return INVALIDATED;
    return isAnother(object, wanted) ? `${kind} UID (${object.metadata.uid}) does not match service account ${kind} ref claim (${wanted.uid})` : undefined;
  }

  #isGone({ metadata: { deletionTimestamp } }: DeepReadonly<KubeObject>): boolean {
    return deletionTimestamp !== undefined && Date.parse(deletionTimestamp) + LEEWAY_MS <= this.#clock.now();
  }
}

const INVALIDATED = 'service account token has been invalidated';

function isAnother({ metadata }: DeepReadonly<KubeObject>, { uid }: ObjectReference): boolean {
  return uid !== '' && metadata.uid !== uid;
}

/** `["a" "b"]`. */
function goList(items: readonly string[]): string {
  return `[${items.map((one) => JSON.stringify(one)).join(' ')}]`;
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
