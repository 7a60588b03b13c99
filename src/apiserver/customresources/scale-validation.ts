import type { CustomResourceSubresourceScale } from '../../api/generated/apiextensions-v1.ts';
import { isObject } from '../../apimachinery/patch/json.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { stringifyWhole } from '../../apimachinery/whole-numbers.ts';

const MAX_INT32 = 2 ** 31 - 1;

function goTypeOf(value: unknown): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'bigint') return 'int64';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'boolean' ? 'bool' : typeof value === 'string' ? 'string' : 'map[string]interface {}';
}

function goText(value: unknown): string {
  return value === null ? '<nil>' : typeof value === 'object' ? stringifyWhole(value) : String(value as string);
}

/** What stands at a path, and in which words Go says that it is no `wanted`. Source: apimachinery unstructured, NestedInt64 and NestedString. */
function read(object: unknown, path: string, wanted: 'int64' | 'string'): { value?: unknown; fault?: string } {
  let value = object;
  const names = path.replace(/^\./, '').split('.');
  for (const [i, name] of names.entries()) {
    if (!isObject(value)) return { fault: `.${names.slice(0, i).join('.')} accessor error: ${goText(value)} is of the type ${goTypeOf(value)}, expected map[string]interface{}` };
    if (!Object.hasOwn(value, name)) return {};
    value = value[name];
  }
  return goTypeOf(value) === wanted ? { value } : { fault: `.${names.join('.')} accessor error: ${goText(value)} is of the type ${goTypeOf(value)}, expected ${wanted}` };
}

function validateReplicas(object: unknown, path: string, errors: FieldErrors): void {
  const { value, fault } = read(object, path, 'int64');
  const field = FieldPath.of(path);
  if (fault !== undefined) errors.invalid(field, 0, fault);
  else if ((typeof value === 'number' || typeof value === 'bigint') && value < 0) errors.invalid(field, value, 'should be a non-negative integer');
  else if ((typeof value === 'number' || typeof value === 'bigint') && value > MAX_INT32) errors.invalid(field, value, `should be less than or equal to ${MAX_INT32}`);
}

/** What a scale is asked for must be a number that it can say. Source: apiextensions-apiserver pkg/registry/customresource/validator.go, ValidateScaleSpec. */
export function validateScaleSpec(object: object, { specReplicasPath }: DeepReadonly<CustomResourceSubresourceScale>, errors: FieldErrors): void {
  validateReplicas(object, specReplicasPath, errors);
}

/** Source: as above, ValidateScaleStatus. */
export function validateScaleStatus(object: object, { statusReplicasPath, labelSelectorPath }: DeepReadonly<CustomResourceSubresourceScale>, errors: FieldErrors): void {
  validateReplicas(object, statusReplicasPath, errors);
  if (!labelSelectorPath) return;
  const { fault } = read(object, labelSelectorPath, 'string');
  if (fault !== undefined) errors.invalid(FieldPath.of(labelSelectorPath), '', fault);
}
