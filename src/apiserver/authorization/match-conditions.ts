import { listOf, mapOf, STRING } from '../../cel/checker/types.ts';
import type { Expression } from '../../cel/expression.ts';
import { compileStrictly, structure, valueOf } from '../../cel/strict-result.ts';

/** An expression over `request`, the spec of a SubjectAccessReview, that gives a bool. */
export type MatchCondition = Expression;

const OPERATORS = { key: STRING, operator: STRING, values: listOf(STRING) };
const REQUEST = structure('kubernetes.SubjectAccessReviewSpec', {
  resourceAttributes: structure('kubernetes.ResourceAttributes', {
    namespace: STRING, verb: STRING, group: STRING, version: STRING, resource: STRING, subresource: STRING, name: STRING,
    fieldSelector: structure('kubernetes.FieldSelectorAttributes', { rawSelector: STRING, requirements: listOf(structure('kubernetes.FieldSelectorRequirement', OPERATORS)) }),
    labelSelector: structure('kubernetes.LabelSelectorAttributes', { rawSelector: STRING, requirements: listOf(structure('kubernetes.LabelSelectorRequirement', OPERATORS)) }),
  }),
  nonResourceAttributes: structure('kubernetes.NonResourceAttributes', { path: STRING, verb: STRING }),
  user: STRING, groups: listOf(STRING), extra: mapOf(STRING, listOf(STRING)), uid: STRING,
});

/** A text: what is wrong with the expression. Source: apiserver pkg/authorization/cel/compile.go. */
export function matchCondition(source: string): MatchCondition | string {
  const compiled = compileStrictly(source, { request: REQUEST }, true);
  if ('problem' in compiled) return compiled.problem;
  const { program } = compiled;
  return { evaluate: (variables) => valueOf(program, variables) };
}
