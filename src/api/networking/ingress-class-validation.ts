import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../apimachinery/validation/names.ts';
import type { IngressClass, IngressClassParametersReference } from '../generated/networking-v1.ts';
import { validateDomainPrefixedPath } from '../../apimachinery/validation/domain-names.ts';
import { addInvalid, validateRequiredSegment } from '../path-segment.ts';

const SPEC = FieldPath.of('spec');
const MAX_CONTROLLER = 250;

function validateParameters(parameters: DeepReadonly<IngressClassParametersReference>, path: FieldPath, errors: FieldErrors): void {
  if (parameters.apiGroup !== undefined) addInvalid(isDns1123Subdomain(parameters.apiGroup), parameters.apiGroup, path.child('apiGroup'), errors);
  validateRequiredSegment(parameters.kind, path.child('kind'), errors);
  validateRequiredSegment(parameters.name, path.child('name'), errors);
  const { scope, namespace } = parameters;
  if (scope === undefined) errors.required(path.child('scope'));
  else if (scope !== 'Cluster' && scope !== 'Namespace') errors.notSupported(path.child('scope'), scope, ['Cluster', 'Namespace']);
  if (scope === 'Namespace') {
    if (namespace === undefined) errors.required(path.child('namespace'), "`parameters.scope` is set to 'Namespace'");
    else addInvalid(isDns1123Label(namespace), namespace, path.child('namespace'), errors);
  } else if (scope === 'Cluster' && namespace !== undefined) errors.forbidden(path.child('namespace'), "`parameters.scope` is set to 'Cluster'");
}

/** Source: pkg/apis/networking/validation, ValidateIngressClass. */
export function validateIngressClass({ spec }: DeepReadonly<IngressClass>, errors: FieldErrors): void {
  const controller = spec.controller ?? '';
  if (controller.length > MAX_CONTROLLER) errors.tooLong(SPEC.child('controller'), MAX_CONTROLLER);
  if (controller === '') errors.required(SPEC.child('controller'));
  else validateDomainPrefixedPath(controller, SPEC.child('controller'), errors);
  if (spec.parameters) validateParameters(spec.parameters, SPEC.child('parameters'), errors);
}
