import type { SelfSubjectReview, TokenReview } from '../../api/generated/authentication-v1.ts';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { badRequest, StatusError } from '../../apimachinery/status.ts';
import { formatTime } from '../../apimachinery/time.ts';
import type { Answer } from '../answer.ts';
import type { Authenticator, Identity, UserInfo } from '../authentication/authenticator.ts';
import { outputForm, type SpecialHandler } from '../handlers/dispatcher.ts';
import { optionsObject, targetOf, writeContext } from '../handlers/write-target.ts';
import { readObject } from '../registry/body.ts';
import { manageFields } from '../registry/managed-fields.ts';
import { writeOptions } from '../registry/options.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import type { Registry } from '../registry/write-context.ts';
import type { ApiRequest } from '../request.ts';
import { admittedReview } from './admitted.ts';

function userObject(user: UserInfo): object {
  const { name, uid, groups, extra } = user;
  return { username: name, ...(uid && { uid }), ...(groups.length > 0 && { groups: [...groups] }), ...(extra && Object.keys(extra).length > 0 && { extra }) };
}

/** `selfsubjectreviews`: who am I? */
export class SelfSubjectReviewHandler implements SpecialHandler {
  readonly verbs = ['create'];
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  async handle(request: ApiRequest, resource: ServedResource): Promise<Answer> {
    const options = writeOptions(request, 'CreateOptions');
    const given = (await readObject(request, targetOf(resource), options.fieldValidation)) as KubeObject & SelfSubjectReview;
    const context = writeContext(this.#registry, request, resource, { dryRun: options.dryRun, options: optionsObject('CreateOptions', options) });
    const review = await admittedReview(context, given);
    const object = { ...review, metadata: { creationTimestamp: formatTime(this.#registry.clock.now()) }, status: { userInfo: userObject(request.user) } };
    return { status: 201, type: 'object', object, message: resource.version.message, form: outputForm(request, resource) };
  }
}

/** `tokenreviews`: whose token is this? */
export class TokenReviewHandler implements SpecialHandler {
  readonly verbs = ['create'];
  readonly #registry: Registry;
  readonly #authenticators: readonly Authenticator[];
  readonly #apiAudiences: readonly string[];

  /** `apiAudiences`: for whom tokens are that name nobody. */
  constructor(registry: Registry, authenticators: readonly Authenticator[], apiAudiences: readonly string[]) {
    this.#registry = registry;
    this.#apiAudiences = apiAudiences;
    this.#authenticators = authenticators;
  }

  async handle(request: ApiRequest, resource: ServedResource): Promise<Answer> {
    const options = writeOptions(request, 'CreateOptions');
    const review = (await readObject(request, targetOf(resource), options.fieldValidation)) as KubeObject & TokenReview;
    const context = writeContext(this.#registry, request, resource, { dryRun: options.dryRun, options: optionsObject('CreateOptions', options) });
    const made = manageFields(context, review, undefined, options.fieldManager) as KubeObject & TokenReview;
    const managed = await admittedReview(context, made, ({ spec }) => {
      if (!spec.token) throw badRequest('token is required for TokenReview in authentication');
    });
    const { token, audiences } = managed.spec;
    const status = await this.#review(token, audiences);
    return { status: 201, type: 'object', object: { ...managed, status }, message: resource.version.message, form: outputForm(request, resource) };
  }

  async #review(token: string, audiences: readonly string[] | undefined): Promise<object> {
    try {
      const identity = await this.#identify(token, audiences);
      if (!identity) return { user: {} };
      const proven = identity.audiences ?? this.#ofThisServer(audiences);
      if (proven.length === 0 && this.#apiAudiences.length > 0) return { user: {}, error: 'invalid bearer token' };
      const { user } = identity;
      const groups = user.groups.includes('system:authenticated') ? user.groups : [...user.groups, 'system:authenticated'];
      return { authenticated: true, user: userObject({ ...user, groups }), ...(proven.length > 0 && { audiences: proven }) };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return { user: {}, error: StatusError.is(error) ? 'invalid bearer token' : `[invalid bearer token, ${error.message}]` };
    }
  }

  /** Tokens that name no audience are for this server: of the audiences asked for, its own. */
  #ofThisServer(asked: readonly string[] | undefined): readonly string[] {
    return asked && asked.length > 0 ? this.#apiAudiences.filter((one) => asked.includes(one)) : this.#apiAudiences;
  }

  async #identify(token: string, audiences: readonly string[] | undefined): Promise<Identity | undefined> {
    for (const authenticator of this.#authenticators) {
      const identity = await authenticator.authenticate({
        headers: { authorization: `Bearer ${token}` }, peerCertificates: [], ...(audiences && audiences.length > 0 && { audiences }),
      });
      if (identity) return identity;
    }
    return undefined;
  }
}
