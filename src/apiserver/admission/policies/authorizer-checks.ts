import { AuthorizerValue, type CheckAttributes, type CheckDecision } from '../../../cel/library/authorizers.ts';
import type { UserInfo } from '../../authentication/authenticator.ts';
import type { AuthorizationAttributes, Authorizer } from '../../authorization/authorizer.ts';
import type { AdmissionAttributes } from '../plugin.ts';

/** An expression asks what has not been answered yet: it is evaluated again once it is. */
class PendingCheck extends Error {
  readonly answered: Promise<void>;

  constructor(answered: Promise<void>) {
    super('an authorization check is pending');
    this.answered = answered;
  }
}

/** What expressions of one request ask of the authorizer. Expressions do not wait; so they are begun again when an answer has come, and each question is asked once. */
export class AuthorizerChecks {
  readonly #authorizer: Authorizer;
  readonly #user: UserInfo;
  readonly #answers = new Map<string, CheckDecision>();
  readonly value: AuthorizerValue;
  readonly requestResource: AuthorizerValue;

  constructor(authorizer: Authorizer, attributes: AdmissionAttributes) {
    this.#authorizer = authorizer;
    this.#user = attributes.user;
    this.value = new AuthorizerValue((asked) => this.#check(asked));
    const { group, resource, subresource, namespace, name } = attributes;
    this.requestResource = this.value.with({ group, resource, subresource, namespace, name }, 'kubernetes.authorization.ResourceCheck');
  }

  async run<T>(evaluate: () => T): Promise<T> {
    for (;;) {
      try {
        return evaluate();
      } catch (error) {
        if (!(error instanceof PendingCheck)) throw error;
        await error.answered;
      }
    }
  }

  #check(asked: CheckAttributes): CheckDecision {
    const key = JSON.stringify(asked);
    const known = this.#answers.get(key);
    if (known) return known;
    throw new PendingCheck(this.#ask(asked).then((answer) => void this.#answers.set(key, answer)));
  }

  async #ask(asked: CheckAttributes): Promise<CheckDecision> {
    try {
      const { decision, reason } = await this.#authorizer.authorize(this.#attributesOf(asked));
      return { allowed: decision === 'allow', reason };
    } catch (error) {
      return { allowed: false, reason: '', error: error instanceof Error ? error.message : String(error) };
    }
  }

  #attributesOf({ verb, path, group = '', resource = '', subresource = '', namespace = '', name = '', fieldSelector, labelSelector, serviceAccount }: CheckAttributes): AuthorizationAttributes {
    const user: UserInfo = serviceAccount
      ? { name: `system:serviceaccount:${serviceAccount.namespace}:${serviceAccount.name}`, groups: ['system:serviceaccounts', `system:serviceaccounts:${serviceAccount.namespace}`, 'system:authenticated'] }
      : this.#user;
    return {
      user, verb, isResourceRequest: path === undefined, namespace, apiGroup: group, apiVersion: '*', resource, subresource, name, path: path ?? '',
      ...(fieldSelector !== undefined && { fieldSelector }), ...(labelSelector !== undefined && { labelSelector }),
    };
  }
}
