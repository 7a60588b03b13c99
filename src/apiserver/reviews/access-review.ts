import type { LocalSubjectAccessReview, ResourceAttributes, SelfSubjectAccessReview, SubjectAccessReview, SubjectAccessReviewSpec } from '../../api/generated/authorization-v1.ts';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { badRequest, invalid } from '../../apimachinery/status.ts';
import { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import type { UserInfo } from '../authentication/authenticator.ts';
import type { AuthorizationAttributes, Authorizer } from '../authorization/authorizer.ts';
import type { Answer } from '../answer.ts';
import { outputForm, type SpecialHandler } from '../handlers/dispatcher.ts';
import { optionsObject, targetOf, writeContext } from '../handlers/write-target.ts';
import { readObject } from '../registry/body.ts';
import { manageFields } from '../registry/managed-fields.ts';
import { writeOptions } from '../registry/options.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import type { Registry } from '../registry/write-context.ts';
import type { ApiRequest } from '../request.ts';

type Review = SubjectAccessReview | LocalSubjectAccessReview | SelfSubjectAccessReview;

const SPEC = FieldPath.of('spec');

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
    const review = (await readObject(request, targetOf(resource), options.fieldValidation)) as unknown as Review;
    const isSelf = kind === 'SelfSubjectAccessReview';
    if (kind === 'LocalSubjectAccessReview') checkNamespace(review as LocalSubjectAccessReview, request.info.namespace);
    const user = isSelf ? request.user : subjectOf((review as SubjectAccessReview).spec);
    validate(review.spec, user, isSelf);
    const { decision, reason, evaluationError } = await this.#authorizer.authorize(attributesOf(review.spec, user));
    const status = { allowed: decision === 'allow', ...(decision === 'deny' && { denied: true }), ...(reason && { reason }), ...(evaluationError && { evaluationError }) };
    const context = writeContext(this.#registry, request, resource, { dryRun: options.dryRun, options: optionsObject('CreateOptions', options) });
    const managed = manageFields(context, { ...review, kind, apiVersion: resource.apiVersion } as unknown as KubeObject, undefined, options.fieldManager);
    return { status: 201, type: 'object', object: { ...managed, status }, message: resource.version.message, form: outputForm(request, resource) };
  }
}

function checkNamespace(review: LocalSubjectAccessReview, namespace: string): void {
  const { resourceAttributes } = review.spec;
  if (resourceAttributes && resourceAttributes.namespace !== namespace) throw badRequest(`spec.resourceAttributes.namespace must match namespace: ${namespace}`);
}

function subjectOf(spec: SubjectAccessReviewSpec): UserInfo {
  const { user = '', groups = [], uid, extra } = spec;
  return { name: user, groups, ...(uid && { uid }), ...(extra && { extra }) };
}

function validate(spec: Review['spec'], user: UserInfo, isSelf: boolean): void {
  const errors = new FieldErrors();
  const { resourceAttributes, nonResourceAttributes } = spec;
  if (!resourceAttributes === !nonResourceAttributes) {
    errors.invalid(SPEC.child('resourceAttributes'), nonResourceAttributes ?? null, 'exactly one of nonResourceAttributes or resourceAttributes must be specified');
  }
  if (!isSelf && user.name === '' && user.groups.length === 0) errors.invalid(SPEC.child('user'), '', 'at least one of user or group must be specified');
  if (errors.causes.length > 0) throw invalid({ group: 'authorization.k8s.io', kind: '' }, '', errors.causes);
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
