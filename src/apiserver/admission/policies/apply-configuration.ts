import type { ApplyType } from '../../../apimachinery/apply/apply-type.ts';
import { mergeTyped } from '../../../apimachinery/apply/merge.ts';
import { fieldTypeOf } from '../../../apimachinery/apply/path-element.ts';
import { problemText, typedProblems } from '../../../apimachinery/apply/typed-check.ts';
import { isObject } from '../../../apimachinery/patch/json.ts';
import { managedKindOf } from '../../registry/managed-fields.ts';
import type { ResourceTable, ServedResource } from '../../registry/served-resource.ts';
import { PolicyEvaluationError } from './evaluation.ts';

/** The first list or map that a configuration would replace as a whole: policies may not, as they cannot know what else is in it. */
function atomicPath(type: ApplyType, value: unknown, path: string): string | undefined {
  if (type.kind === 'list' && Array.isArray(value)) {
    if (type.relation === 'atomic') return path;
    return value.map((one) => atomicPath(type.items, one, `${path}[]`)).find((one) => one !== undefined);
  }
  if (type.kind !== 'map' || !isObject(value)) return undefined;
  if (type.isAtomic) return path;
  for (const [name, one] of Object.entries(value)) {
    const field = fieldTypeOf(type, name);
    const found = field && atomicPath(field, one, `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What an object becomes by a configuration, as by server-side apply without owners. Throws PolicyEvaluationError. Source: apiserver pkg/admission/plugin/policy/mutating/patch/smd.go. */
export function mergeConfiguration(object: object, configuration: unknown, served: ServedResource | undefined, resources: ResourceTable): unknown {
  const type = served && managedKindOf(resources, served, '').typeOf(served.apiVersion);
  if (!type || !isObject(configuration)) throw new PolicyEvaluationError('ApplyConfiguration expression must evaluate to an object');
  const problems = typedProblems(type, configuration);
  if (problems.length > 0) throw new PolicyEvaluationError(`error applying patch: failed to convert patch object to typed object: ${problemText(problems)}`);
  const atomic = atomicPath(type, configuration, '');
  if (atomic !== undefined) throw new PolicyEvaluationError(`invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomic}`);
  return mergeTyped(type, object, configuration);
}
