/** Node selectors, of pods and of volumes. Source: kubernetes pkg/apis/core/validation, ValidateNodeSelector. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { isLabelValue, validateLabelName, type LabelSelectorRules } from '../../apimachinery/validation/labels.ts';
import { isDns1123Subdomain } from '../../apimachinery/validation/names.ts';
import { addInvalid } from '../../apimachinery/validation/values.ts';
import type { NodeSelector, NodeSelectorRequirement, NodeSelectorTerm } from '../generated/core-v1.ts';

export function validateNodeSelector(selector: DeepReadonly<NodeSelector>, path: FieldPath, errors: FieldErrors): void {
  const at = path.child('nodeSelectorTerms');
  const terms = selector.nodeSelectorTerms ?? [];
  if (terms.length === 0) return errors.required(at, 'must have at least one node selector term');
  terms.forEach((term, i) => {
    validateNodeSelectorTerm(term, at.index(i), errors);
  });
}

export function validateNodeSelectorTerm(term: DeepReadonly<NodeSelectorTerm>, path: FieldPath, errors: FieldErrors, rules: LabelSelectorRules = {}): void {
  term.matchExpressions?.forEach((one, i) => {
    validateRequirement(one, path.child('matchExpressions').index(i), errors, rules);
  });
  term.matchFields?.forEach((one, i) => {
    validateFieldRequirement(one, path.child('matchFields').index(i), errors);
  });
}

function validateRequirement({ key, operator, values = [] }: DeepReadonly<NodeSelectorRequirement>, path: FieldPath, errors: FieldErrors, rules: LabelSelectorRules): void {
  const at = path.child('values');
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) errors.required(at, "must be specified when `operator` is 'In' or 'NotIn'");
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) errors.forbidden(at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
      break;
    case 'Gt':
    case 'Lt':
      if (values.length !== 1) errors.required(at, "must be specified single value when `operator` is 'Lt' or 'Gt'");
      break;
    default:
      errors.invalid(path.child('operator'), operator, 'not a valid selector operator');
  }
  validateLabelName(key, path.child('key'), errors);
  if (rules.allowInvalidLabelValue) return;
  values.forEach((value, i) => {
    addInvalid(errors, at.index(i), value, isLabelValue(value));
  });
}

function validateFieldRequirement({ key, operator, values = [] }: DeepReadonly<NodeSelectorRequirement>, path: FieldPath, errors: FieldErrors): void {
  if (operator !== 'In' && operator !== 'NotIn') errors.invalid(path.child('operator'), operator, 'not a valid selector operator');
  else if (values.length !== 1) errors.required(path.child('values'), "must be only one value when `operator` is 'In' or 'NotIn' for node field selector");
  if (key !== 'metadata.name') return errors.invalid(path.child('key'), key, 'not a valid field selector key');
  values.forEach((value, i) => {
    addInvalid(errors, path.child('values').index(i), value, isDns1123Subdomain(value));
  });
}
