/** Where volumes of a class may be. Source: pkg/apis/storage/validation, validateAllowedTopologies; pkg/apis/core/validation, ValidateTopologySelectorTerm. */
import { isDeepStrictEqual } from 'node:util';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { validateLabelName } from '../../apimachinery/validation/labels.ts';
import type { TopologySelectorTerm } from '../generated/core-v1.ts';

type Expressions = Readonly<Record<string, readonly string[]>>;

function validateTerm(term: DeepReadonly<TopologySelectorTerm>, path: FieldPath, errors: FieldErrors): Expressions {
  const expressions: Record<string, readonly string[]> = {};
  term.matchLabelExpressions?.forEach(({ key, values: given }, i) => {
    const at = path.child('matchLabelExpressions').index(i);
    const values = given ?? [];
    if (values.length === 0) errors.required(at.child('values'));
    values.forEach((value, k) => {
      if (values.indexOf(value) < k) errors.duplicate(at.child('values').index(k), value);
    });
    validateLabelName(key, at.child('key'), errors);
    if (Object.hasOwn(expressions, key)) errors.duplicate(at.child('key'), key);
    expressions[key] = [...new Set(values)].sort();
  });
  return expressions;
}

export function validateAllowedTopologies(terms: DeepReadonly<TopologySelectorTerm[]>, path: FieldPath, errors: FieldErrors): void {
  // Kubernetes compares with as many empty terms as there are terms, and with those before.
  const before: Expressions[] = terms.map(() => ({}));
  terms.forEach((term, i) => {
    const expressions = validateTerm(term, path.index(i), errors);
    for (const other of before) if (isDeepStrictEqual(other, expressions)) errors.duplicate(path.index(i).child('matchLabelExpressions'), '');
    before.push(expressions);
  });
}
