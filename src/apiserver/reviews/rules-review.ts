import type { SelfSubjectRulesReview } from '../../api/generated/authorization-v1.ts';
import { badRequest } from '../../apimachinery/status.ts';
import type { RuleResolver } from '../authorization/authorizer.ts';
import type { Answer } from '../answer.ts';
import { outputForm, type SpecialHandler } from '../handlers/dispatcher.ts';
import { targetOf } from '../handlers/write-target.ts';
import { readObject } from '../registry/body.ts';
import { writeOptions } from '../registry/options.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import type { ApiRequest } from '../request.ts';

/** `selfsubjectrulesreviews`: what may I do in a namespace? Source: pkg/registry/authorization/selfsubjectrulesreview. */
export class RulesReviewHandler implements SpecialHandler {
  readonly verbs = ['create'];
  readonly #rules: RuleResolver;

  constructor(rules: RuleResolver) {
    this.#rules = rules;
  }

  async handle(request: ApiRequest, resource: ServedResource): Promise<Answer> {
    const options = writeOptions(request, 'CreateOptions');
    const review = (await readObject(request, targetOf(resource), options.fieldValidation)) as unknown as SelfSubjectRulesReview;
    const { namespace = '' } = review.spec;
    if (namespace === '') throw badRequest('no namespace on request');
    const { resourceRules, nonResourceRules, incomplete, evaluationError } = this.#rules.rulesFor(request.user, namespace);
    const status = {
      resourceRules: resourceRules.map(({ resourceNames, ...rule }) => ({ ...rule, ...(resourceNames.length > 0 && { resourceNames }) })),
      nonResourceRules, incomplete, ...(evaluationError && { evaluationError }),
    };
    const object = { kind: resource.kind.kind, apiVersion: resource.apiVersion, metadata: {}, spec: {}, status };
    return { status: 201, type: 'object', object, message: resource.version.message, form: outputForm(request, resource) };
  }
}
