import type { ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec } from '../../api/generated/authorization-v1.ts';
import type { KubeObject } from '../../apimachinery/meta.ts';
import type { UserInfo } from '../authentication/authenticator.ts';
import type { AuthorizationAttributes, Authorizer } from '../authorization/authorizer.ts';
import type { Answer } from '../answer.ts';
import { outputForm, type SpecialHandler } from '../handlers/dispatcher.ts';
import { checkNamespace, optionsObject, targetOf, writeContext } from '../handlers/write-target.ts';
import { readObject } from '../registry/body.ts';
import { manageFields } from '../registry/managed-fields.ts';
import { writeOptions } from '../registry/options.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import type { Registry } from '../registry/write-context.ts';
import type { ApiRequest } from '../request.ts';
import { admittedReview } from './admitted.ts';
import { reviewSelectors } from './review-selectors.ts';
import { type Review, validateReview } from './access-review-validation.ts';

/**
 * May somebody do something? `subjectaccessreviews`, `localsubjectaccessreviews` and `selfsubjectaccessreviews`.
 * Source: "Authorization", checking API access; pkg/registry/authorization.
 */
export class AccessReviewHandler implements SpecialHandler {
  readonly verbs = ['create'];
  readonly #registry: Registry;
  readonly #authorizer: Authorizer;

  constructor(registry: Registry, authorizer: Authorizer) {
    this.#registry = registry;
    this.#authorizer = authorizer;
  }

  async handle(request: ApiRequest, resource: ServedResource): Promise<Answer> {
    const { kind } = resource.kind;
    const options = writeOptions(request, 'CreateOptions');
    const review = await readObject(request, targetOf(resource), options.fieldValidation);
    checkNamespace(review, resource, request.info.namespace);
    const context = writeContext(this.#registry, request, resource, { dryRun: options.dryRun, options: optionsObject('CreateOptions', options) });
    const made = manageFields(context, { ...review, kind, apiVersion: resource.apiVersion }, undefined, options.fieldManager) as KubeObject & Review;
    const managed = await admittedReview(context, made, (one) => validateReview(one, kind));
    const { spec } = managed;
    const user = kind === 'SelfSubjectAccessReview' ? request.user : subjectOf((managed as KubeObject & SubjectAccessReview).spec);
    const { problems, ...selectors } = reviewSelectors(spec.resourceAttributes ?? {});
    const { decision, reason, evaluationError: told } = await this.#authorizer.authorize({ ...attributesOf(spec, user), ...selectors });
    const evaluationError = [...(told ? [told] : []), ...problems].join('; ');
    const status = { allowed: decision === 'allow', ...(decision === 'deny' && { denied: true }), ...(reason && { reason }), ...(evaluationError && { evaluationError }) };
    return { status: 201, type: 'object', object: { ...managed, status }, message: resource.version.message, form: outputForm(request, resource) };
  }
}

function subjectOf(spec: SubjectAccessReviewSpec): UserInfo {
  const { user = '', groups = [], uid, extra } = spec;
  return { name: user, groups, ...(uid && { uid }), ...(extra && { extra }) };
}

function attributesOf(spec: Review['spec'], user: UserInfo): AuthorizationAttributes {
  const { resourceAttributes, nonResourceAttributes } = spec;
  const resource: ResourceAttributes = resourceAttributes ?? {};
  return {
    user,
    verb: (resourceAttributes ? resource.verb : nonResourceAttributes?.verb) ?? '',
    isResourceRequest: resourceAttributes !== undefined,
    namespace: resource.namespace ?? '',
    apiGroup: resource.group ?? '',
    apiVersion: resource.version ?? '',
    resource: resource.resource ?? '',
    subresource: resource.subresource ?? '',
    name: resource.name ?? '',
    path: nonResourceAttributes?.path ?? '',
  };
}
