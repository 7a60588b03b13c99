import type { ApplyType } from '../../../apimachinery/apply/apply-type.ts';
import { mergeTyped } from '../../../apimachinery/apply/merge.ts';
import { fieldTypeOf } from '../../../apimachinery/apply/path-element.ts';
import { problemText, typedProblems } from '../../../apimachinery/apply/typed-check.ts';
import { isObject } from '../../../apimachinery/patch/json.ts';
import { managedKindOf } from '../../registry/managed-fields.ts';
import type { ResourceTable, ServedResource } from '../../registry/served-resource.ts';
import { PolicyEvaluationError } from './evaluation.ts';

/** The lists and maps that a configuration would replace as a whole: policies may not, as they cannot know what else is in them. */
function atomicPaths(type: ApplyType, value: unknown, path: string): string[] {
  if (type.kind === 'list' && Array.isArray(value)) return [...(type.relation === 'atomic' ? [path] : []), ...value.flatMap((one, i) => atomicPaths(type.items, one, `${path}[${i}]`))];
  if (type.kind !== 'map' || !isObject(value)) return [];
  const within = Object.entries(value).flatMap(([name, one]) => {
    const field = fieldTypeOf(type, name);
    return field ? atomicPaths(field, one, `${path}.${name}`) : [];
  });
  return type.isAtomic ? [path, ...within] : within;
}

/** What an object becomes by a configuration, as by server-side apply without owners. Throws PolicyEvaluationError. Source: apiserver pkg/admission/plugin/policy/mutating/patch/smd.go. */
export function mergeConfiguration(object: object, configuration: unknown, served: ServedResource | undefined, resources: ResourceTable): unknown {
  const type = served && managedKindOf(resources, served, '').typeOf(served.apiVersion);
  if (!type || !isObject(configuration)) throw new PolicyEvaluationError('ApplyConfiguration expression must evaluate to an object');
  const problems = typedProblems(type, configuration);
  if (problems.length > 0) throw new PolicyEvaluationError(`error applying patch: failed to convert patch object to typed object: ${problemText(problems)}`);
  const atomic = atomicPaths(type, configuration, '');
  if (atomic.length > 0) throw new PolicyEvaluationError(`error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomic.join(', ')}`);
  return mergeTyped(type, object, configuration);
}
