import { StatusError } from '../../../apimachinery/status.ts';
import type { AuthorizationAttributes, Authorizer } from '../../authorization/authorizer.ts';
import { denied } from '../../authorization/decide.ts';
import type { IncomingHeaders } from '../../http/exchange.ts';
import type { UserInfo } from '../authenticator.ts';
import { SERVICE_ACCOUNT_GROUP } from '../service-accounts/authenticator.ts';
import { checksOf, requestCheck, type Check } from './checks.ts';
import { wantedOf, type Wanted } from './headers.ts';
import { CONSTRAINED_MODES, LEGACY_MODE, nodeNameOf, serviceAccountOf, type ImpersonationMode } from './modes.ts';

const ANONYMOUS = 'system:anonymous';
const AUTHENTICATED = 'system:authenticated';
const UNAUTHENTICATED = 'system:unauthenticated';
/** Of so many requestors it is remembered which mode they were granted. */
const REMEMBERED = 1024;

export interface Impersonated {
  readonly user: UserInfo;
  /** The verb that granted it; empty: `impersonate`. */
  readonly constraint: string;
}

/**
 * Requests made as somebody else, by `Impersonate-*` headers. Source: "User Impersonation"; KEP-5284. The mode that a requestor was granted last is tried first, so that
 * its refusals are the ones told.
 */
export class Impersonation {
  readonly #authorizer: Authorizer;
  readonly #modes: readonly ImpersonationMode[];
  readonly #lastMode = new Map<string, ImpersonationMode>();

  /** `constrained`: feature gate ConstrainedImpersonation. */
  constructor(options: { authorizer: Authorizer; constrained: boolean }) {
    this.#authorizer = options.authorizer;
    this.#modes = options.constrained ? [...CONSTRAINED_MODES, LEGACY_MODE] : [LEGACY_MODE];
  }

  /** Undefined without such headers. `requestOf` tells what is asked for. Throws StatusError: 403, or 400 for headers without a user. */
  async impersonate(headers: IncomingHeaders, requestor: UserInfo, requestOf: () => AuthorizationAttributes): Promise<Impersonated | undefined> {
    const wanted = wantedOf(headers);
    if (!wanted) return undefined;
    const request = requestOf();
    const last = this.#lastMode.get(requestor.name);
    let refusal: StatusError | undefined;
    for (const mode of last ? [last, ...this.#modes.filter((one) => one !== last)] : this.#modes) {
      if (!mode.appliesTo(wanted, requestor)) continue;
      try {
        await this.#check(mode, wanted, request);
      } catch (error) {
        if (!StatusError.is(error)) throw error;
        refusal ??= error;
        continue;
      }
      if (this.#lastMode.size >= REMEMBERED) this.#lastMode.clear();
      this.#lastMode.set(requestor.name, mode);
      return { user: userOf(wanted, mode), constraint: mode.name === '' ? '' : `impersonate:${mode.name}` };
    }
    throw refusal ?? denied({ ...request, verb: 'impersonate' }, 'all impersonation modes failed');
  }

  async #check(mode: ImpersonationMode, wanted: Wanted, request: AuthorizationAttributes): Promise<void> {
    if (mode.name !== '') await this.#require({ either: [requestCheck(mode, request)] });
    for (const check of checksOf(mode, wanted, request.user)) await this.#require(check);
  }

  async #require({ either }: Check): Promise<void> {
    let refusal: StatusError | undefined;
    for (const attributes of either) {
      const { decision, reason, evaluationError } = await this.#authorizer.authorize(attributes);
      if (decision === 'allow') return;
      refusal ??= denied(attributes, [evaluationError ?? '', reason].filter(Boolean).join(': '));
    }
    if (refusal) throw refusal;
  }
}

function userOf(wanted: Wanted, mode: ImpersonationMode): UserInfo {
  const { name, uid, extra } = wanted;
  return { name, groups: groupsOf(wanted, mode), ...(uid && { uid }), ...(extra.size > 0 && { extra: Object.fromEntries(extra) }) };
}

/** Service accounts and, in constrained modes, nodes have groups that are known. */
function groupsOf({ name, groups }: Wanted, mode: ImpersonationMode): string[] {
  const account = serviceAccountOf(name);
  const fixed = account ? [SERVICE_ACCOUNT_GROUP, `${SERVICE_ACCOUNT_GROUP}:${account.namespace}`] : mode.name !== '' && nodeNameOf(name) !== undefined ? ['system:nodes'] : [];
  const own = groups.length > 0 ? groups : fixed;
  if (name === ANONYMOUS) return own.includes(UNAUTHENTICATED) ? [...own] : [...own, UNAUTHENTICATED];
  return own.includes(AUTHENTICATED) || own.includes(UNAUTHENTICATED) ? [...own] : [...own, AUTHENTICATED];
}
