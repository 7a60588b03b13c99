import * as refs from '../../../api/refs.ts';
import type { DeepReadonly, KubeObject } from '../../../apimachinery/meta.ts';
import type { Secret } from '../../../api/generated/core-v1.ts';
import { INVALID_SINCE } from '../../../component-helpers/legacy-tokens.ts';
import type { Clock } from '../../../base/clock.ts';
import type { CachedObjects } from '../../cacher/cached-objects.ts';
import { RefusedCredentials, type Identity, type TokenAuthenticator, type UserInfo } from '../authenticator.ts';
import { ServiceAccountTokenMetrics } from './token-metrics.ts';
import type { ObjectReference, ServiceAccountTokens, VerifiedToken } from './tokens.ts';

/** So far may clocks be apart; and so long after its deletion began may a pod still use its token, to say goodbye. */
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
  readonly metrics = new ServiceAccountTokenMetrics();

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
    // Those that name no audience, as legacy ones do, are for the server.
    const named = verified.audiences.length === 0 ? this.#tokens.apiAudiences : verified.audiences;
    const shared = audiences.filter((one) => named.includes(one));
    if (shared.length === 0) throw this.#refusal(`token audiences ${goList(named)} is invalid for the target audiences ${goList(audiences)}`, verified);
    const unfit = verified.isLegacy ? misfit(verified) : this.#timeFault(verified);
    if (unfit !== undefined) throw this.#refusal(unfit, verified);
    const fault = this.#looksUp ? this.#faultOf(token, verified) : undefined;
    const identity = (): Identity => ({ user: userOf(verified), audiences: shared, ...this.#notes(verified) });
    if (fault === undefined) return identity();
    // Another server may have made the account a moment ago.
    const behind = this.#objects().caughtUp();
    if (!behind) throw this.#refusal(fault, verified);
    return behind.then(() => {
      const still = this.#faultOf(token, verified);
      if (still === undefined) return identity();
      throw this.#refusal(still, verified);
    });
  }

  /** What is told of a token, and counted, besides whose it is. Source: kubernetes pkg/serviceaccount/jwt.go and claims.go. */
  #notes(verified: VerifiedToken): Pick<Identity, 'warnings' | 'annotations'> | undefined {
    const { isLegacy, warnAfterMs } = verified;
    if (isLegacy) return this.#legacyNotes(verified);
    if (warnAfterMs === undefined) return undefined;
    const now = this.#clock.now();
    if (now <= warnAfterMs) {
      this.metrics.valid.count++;
      return undefined;
    }
    this.metrics.stale.count++;
    return { annotations: { 'authentication.k8s.io/stale-token': `subject: ${subjectOf(verified)}, seconds after warning threshold: ${Math.floor(now / 1000) - warnAfterMs / 1000}` } };
  }

  #refusal(fault: string, verified: VerifiedToken): Error {
    if (!verified.isLegacy) return new Error(fault);
    this.metrics.legacy.count++;
    const isInvalidated = fault.endsWith(TEMPORARILY);
    if (isInvalidated) this.metrics.invalidated.count++;
    const { namespace, secret } = verified;
    return new RefusedCredentials(fault, { [LEGACY]: subjectOf(verified), ...(isInvalidated && secret && { 'authentication.k8s.io/legacy-token-invalidated': `${secret.name}/${namespace}` }) });
  }

  /** Tokens that never expire are on their way out: whoever uses one is told. Source: KEP-2799. */
  #legacyNotes(verified: VerifiedToken): Pick<Identity, 'warnings' | 'annotations'> {
    const { namespace, serviceAccount, secret } = verified;
    const account = this.#objects().get(refs.serviceAccounts, serviceAccount.name, namespace);
    const isOwn = secret !== undefined && (account?.secrets ?? []).some((one) => one.name === secret.name);
    this.metrics.legacy.count++;
    if (secret) this.metrics[isOwn ? 'auto' : 'manual'].count++;
    return {
      warnings: isOwn ? [AUTO_GENERATED] : [],
      annotations: {
        [LEGACY]: subjectOf(verified),
        ...(secret && { [`authentication.k8s.io/legacy-token-${isOwn ? 'autogenerated' : 'manual'}-secret`]: secret.name }),
      },
    };
  }

  #verify(token: string): VerifiedToken | undefined {
    const known = this.#known.get(token);
    if (known) return known;
    const verified = this.#tokens.verify(token);
    if (!verified) return undefined;
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    this.#known.set(token, verified);
    return verified;
  }

  /** Why a token of a service account is none any more; undefined: it is. Source: kubernetes pkg/serviceaccount/claims.go. */
  #faultOf(token: string, verified: VerifiedToken): string | undefined {
    const { namespace, serviceAccount, pod, secret, node, isLegacy } = verified;
    if (isLegacy) return this.#legacyFaultOf(token, verified);
    const objects = this.#objects();
    const account = objects.get(refs.serviceAccounts, serviceAccount.name, namespace);
    if (!account) return `serviceaccounts ${JSON.stringify(serviceAccount.name)} not found`;
    if (this.#isGone(account)) return `service account ${namespace}/${serviceAccount.name} has been deleted`;
    if (isAnother(account, serviceAccount)) return `service account UID (${account.metadata.uid}) does not match claim (${serviceAccount.uid})`;
    const stored = secret && objects.get(refs.secrets, secret.name, namespace);
    const fault = this.#boundFault('secret', secret, stored);
    if (fault !== undefined) return fault;
    const podFault = pod && this.#boundFault('pod', pod, objects.get(refs.pods, pod.name, namespace));
    if (podFault !== undefined || pod !== undefined) return podFault;
    return node && this.#boundFault('node', node, objects.get(refs.nodes, node.name));
  }

  #timeFault({ expiresMs, notBeforeMs, issuedMs }: VerifiedToken): string | undefined {
    const nowMs = this.#clock.now();
    if (notBeforeMs !== undefined && nowMs + LEEWAY_MS < notBeforeMs) return 'service account token is not valid yet';
    if (expiresMs !== undefined && nowMs - LEEWAY_MS > expiresMs) return 'service account token has expired';
    if (issuedMs !== undefined && nowMs + LEEWAY_MS < issuedMs) return 'service account token claims could not be validated due to unexpected validation error';
    return undefined;
  }

  /** A token that is kept in a Secret holds while the Secret does, and has not been marked invalid for want of use. Source: kubernetes pkg/serviceaccount/legacy.go. */
  #legacyFaultOf(token: string, { namespace, serviceAccount, secret }: VerifiedToken): string | undefined {
    const objects = this.#objects();
    const stored = secret && objects.get(refs.secrets, secret.name, namespace);
    if (!stored || stored.metadata.deletionTimestamp !== undefined) return 'Token has been invalidated';
    if (Buffer.from(stored.data?.['token'] ?? '', 'base64').toString('utf8') !== token) return "Token does not match server's copy";
    const account = objects.get(refs.serviceAccounts, serviceAccount.name, namespace);
    if (!account) return `serviceaccounts ${JSON.stringify(serviceAccount.name)} not found`;
    if (account.metadata.deletionTimestamp !== undefined) return `ServiceAccount ${namespace}/${serviceAccount.name} has been deleted`;
    if (isAnother(account, serviceAccount)) return `ServiceAccount UID (${account.metadata.uid}) does not match claim (${serviceAccount.uid})`;
    this.#onLegacyUse?.(stored);
    return stored.metadata.labels?.[INVALID_SINCE] ? `the token in secret ${namespace}/${stored.metadata.name} for service account ${namespace}/${serviceAccount.name} has been marked invalid. Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the '${INVALID_SINCE}' label ${TEMPORARILY}` : undefined;
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

const AUTO_GENERATED = 'Use tokens from the TokenRequest API or manually created secret-based tokens instead of auto-generated secret-based tokens.';
const LEGACY = 'authentication.k8s.io/legacy-token';
const TEMPORARILY = 'from the secret to temporarily allow use of this token';
const INVALIDATED = 'service account token has been invalidated';

function isAnother({ metadata }: DeepReadonly<KubeObject>, { uid }: ObjectReference): boolean {
  return metadata.uid !== uid;
}

/** What a token that is kept in a Secret does not say of itself. Source: kubernetes pkg/serviceaccount/legacy.go. */
function misfit({ subject, namespace, serviceAccount: { name, uid }, secret }: VerifiedToken): string | undefined {
  const missing = Object.entries({ sub: subject, namespace, secretName: secret?.name, serviceAccountName: name, serviceAccountUID: uid }).find(([, value]) => !value);
  if (missing) return `${missing[0]} claim is missing`;
  return subject === subjectOf({ namespace, serviceAccount: { name, uid } }) ? undefined : 'sub claim is invalid';
}

/** `["a" "b"]`. */
function goList(items: readonly string[]): string {
  return `[${items.map((one) => JSON.stringify(one)).join(' ')}]`;
}

export const SERVICE_ACCOUNT_GROUP = 'system:serviceaccounts';

function subjectOf({ namespace, serviceAccount }: Pick<VerifiedToken, 'namespace' | 'serviceAccount'>): string {
  return `system:serviceaccount:${namespace}:${serviceAccount.name}`;
}

function userOf({ namespace, serviceAccount, pod, node, id }: VerifiedToken): UserInfo {
  const extra: Record<string, string[]> = {
    ...(id !== undefined && { 'authentication.kubernetes.io/credential-id': [`JTI=${id}`] }),
    ...(node && { 'authentication.kubernetes.io/node-name': [node.name] }),
    // A pod may be bound to a node that is not there.
    ...(node?.uid && { 'authentication.kubernetes.io/node-uid': [node.uid] }),
    ...(pod && { 'authentication.kubernetes.io/pod-name': [pod.name], 'authentication.kubernetes.io/pod-uid': [pod.uid] }),
  };
  return {
    name: subjectOf({ namespace, serviceAccount }), uid: serviceAccount.uid, groups: [SERVICE_ACCOUNT_GROUP, `${SERVICE_ACCOUNT_GROUP}:${namespace}`],
    ...(Object.keys(extra).length > 0 && { extra }),
  };
}
