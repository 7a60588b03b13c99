import { aggregateText, failure, forbidden, type StatusError } from '../../apimachinery/status.ts';
import type { UserInfo } from '../authentication/authenticator.ts';
import type { ApiRequest } from '../request.ts';
import type { Authorization, AuthorizationAttributes, Authorizer, RuleResolver, UserRules } from './authorizer.ts';

/** Of others the server ignores selectors. */
const SELECTING: ReadonlySet<string> = new Set(['list', 'watch', 'deletecollection']);

/** `user`: who is to be judged; default: who makes the request. */
export function attributesOfRequest(request: Pick<ApiRequest, 'info' | 'query' | 'user'>, user: UserInfo = request.user): AuthorizationAttributes {
  const { info, query } = request;
  const isSelecting = !query.isEmpty && SELECTING.has(info.verb);
  const fieldSelector = isSelecting ? query.get('fieldSelector') : undefined;
  const labelSelector = isSelecting ? query.get('labelSelector') : undefined;
  return {
    user, verb: info.verb, isResourceRequest: info.isResourceRequest, namespace: info.namespace, apiGroup: info.group, apiVersion: info.version,
    resource: info.resource, subresource: info.subresource, name: info.name, path: info.path, ...(fieldSelector !== undefined && { fieldSelector }), ...(labelSelector !== undefined && { labelSelector }),
  };
}

/** The 403 of a request that nobody allowed. Source: apiserver pkg/endpoints/handlers/responsewriters/errors.go. */
export function denied(attributes: AuthorizationAttributes, reason: string): StatusError {
  const suffix = reason === '' ? '' : `: ${reason}`;
  const user = JSON.stringify(attributes.user.name);
  if (!attributes.isResourceRequest) {
    return failure(403, 'Forbidden', `forbidden: User ${user} cannot ${attributes.verb} path ${JSON.stringify(attributes.path)}${suffix}`, {});
  }
  const resource = attributes.subresource === '' ? attributes.resource : `${attributes.resource}/${attributes.subresource}`;
  const where = attributes.namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(attributes.namespace)}`;
  const why = `User ${user} cannot ${attributes.verb} resource ${JSON.stringify(resource)} in API group ${JSON.stringify(attributes.apiGroup)} ${where}${suffix}`;
  return forbidden({ group: attributes.apiGroup, resource: attributes.resource }, attributes.name, why);
}

/** Asks one authorizer after the other; reasons of those without an opinion come together. */
export class AuthorizerChain implements Authorizer, RuleResolver {
  #authorizers: readonly Authorizer[];

  constructor(authorizers: readonly Authorizer[]) {
    this.#authorizers = authorizers;
  }

  /** From now on asks these in place of those before. */
  use(authorizers: readonly Authorizer[]): void {
    this.#authorizers = authorizers;
  }

  /** A promise only when one of them has to look further. */
  authorize(attributes: AuthorizationAttributes): Authorization | Promise<Authorization> {
    return ask(this.#authorizers, attributes, NOTHING_TOLD);
  }

  /** What all of them that can tell allow; what superusers may do is a rule too. */
  rulesFor(user: UserInfo, namespace: string): UserRules {
    const all = this.#authorizers.filter(canListRules).map((one) => one.rulesFor(user, namespace));
    const errors = all.flatMap((one) => (one.evaluationError ? [one.evaluationError] : []));
    return {
      resourceRules: all.flatMap((one) => one.resourceRules),
      nonResourceRules: all.flatMap((one) => one.nonResourceRules),
      incomplete: all.some((one) => one.incomplete),
      ...(errors.length > 0 && { evaluationError: aggregateText(errors) }),
    };
  }
}

/** What those who had no opinion told so far. */
interface Told {
  readonly reasons: readonly string[];
  readonly errors: readonly string[];
}

const NOTHING_TOLD: Told = { reasons: [], errors: [] };

function ask(authorizers: readonly Authorizer[], attributes: AuthorizationAttributes, before: Told): Authorization | Promise<Authorization> {
  let told = before;
  for (let i = 0; i < authorizers.length; i++) {
    const answer = authorizers[i]?.authorize(attributes);
    if (!answer) continue;
    if (answer instanceof Promise) return askLater(answer, authorizers.slice(i + 1), attributes, told);
    if (answer.decision !== 'no opinion') return answer;
    told = withAnswer(told, answer);
  }
  const { reasons, errors } = told;
  return { decision: 'no opinion', reason: reasons.join('\n'), ...(errors.length > 0 && { evaluationError: aggregateText(errors) }) };
}

async function askLater(pending: Promise<Authorization>, ...[rest, attributes, told]: Parameters<typeof ask>): Promise<Authorization> {
  const found = await pending;
  return found.decision === 'no opinion' ? ask(rest, attributes, withAnswer(told, found)) : found;
}

function withAnswer(told: Told, { reason, evaluationError }: Authorization): Told {
  if (reason === '' && evaluationError === undefined) return told;
  return { reasons: reason === '' ? told.reasons : [...told.reasons, reason], errors: evaluationError === undefined ? told.errors : [...told.errors, evaluationError] };
}

function canListRules(authorizer: Authorizer): authorizer is Authorizer & RuleResolver {
  return 'rulesFor' in authorizer;
}
