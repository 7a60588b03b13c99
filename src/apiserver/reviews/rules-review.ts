import type { SelfSubjectRulesReview } from '../../api/generated/authorization-v1.ts';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { badRequest } from '../../apimachinery/status.ts';
import type { RuleResolver } from '../authorization/authorizer.ts';
import type { Answer } from '../answer.ts';
import { outputForm, type SpecialHandler } from '../handlers/dispatcher.ts';
import { optionsObject, targetOf, writeContext } from '../handlers/write-target.ts';
import { readObject } from '../registry/body.ts';
import { writeOptions } from '../registry/options.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import type { Registry } from '../registry/write-context.ts';
import type { ApiRequest } from '../request.ts';
import { admittedReview } from './admitted.ts';

/** `selfsubjectrulesreviews`: what may I do in a namespace? Source: pkg/registry/authorization/selfsubjectrulesreview. */
export class RulesReviewHandler implements SpecialHandler {
  readonly verbs = ['create'];
  readonly #registry: Registry;
  readonly #rules: RuleResolver;

  constructor(registry: Registry, rules: RuleResolver) {
    this.#registry = registry;
    this.#rules = rules;
  }

  async handle(request: ApiRequest, resource: ServedResource): Promise<Answer> {
    const options = writeOptions(request, 'CreateOptions');
    const given = (await readObject(request, targetOf(resource), options.fieldValidation)) as KubeObject & SelfSubjectRulesReview;
    const context = writeContext(this.#registry, request, resource, { dryRun: options.dryRun, options: optionsObject('CreateOptions', options) });
    const review = await admittedReview(context, given, ({ spec }) => {
      if (!spec.namespace) throw badRequest('no namespace on request');
    });
    const { namespace = '' } = review.spec;
    const { resourceRules, nonResourceRules, incomplete, evaluationError } = this.#rules.rulesFor(request.user, namespace);
    const status = {
      resourceRules: resourceRules.map(({ resourceNames, ...rule }) => ({ ...rule, ...(resourceNames.length > 0 && { resourceNames }) })),
      nonResourceRules, incomplete, ...(evaluationError && { evaluationError }),
    };
    const object = { kind: resource.kind.kind, apiVersion: resource.apiVersion, metadata: {}, spec: {}, status };
    return { status: 201, type: 'object', object, message: resource.version.message, form: outputForm(request, resource) };
  }
}
