/** Expressions that select devices. Source: k8s.io/dynamic-resource-allocation, cel/compile.go. */
import type { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { BOOL, DYN, mapOf, opaque, STRING, type CelType } from '../../cel/checker/types.ts';
import { estimateCost } from '../../cel/cost/estimate.ts';
import { compile, CompileError, instantiationProblem, ResultTypeError } from '../../cel/expression.ts';

const MAX_LENGTH = 10 * 1024;
const MAX_COST = 1_000_000;
/** How many attributes and capacities a device has, and how long names and values of attributes are. */
const MOST = 32;
const [DRIVER_LENGTH, DOMAIN_LENGTH, ID_LENGTH, VALUE_LENGTH] = [63, 63, 32, 64];
const SIZES: ReadonlyMap<string, number> = new Map([
  ['device.driver', DRIVER_LENGTH],
  ...['device.attributes', 'device.capacity'].flatMap((map): [string, number][] => [[map, MOST], [`${map}.@keys`, DOMAIN_LENGTH], [`${map}.@values`, MOST], [`${map}.@values.@keys`, ID_LENGTH]]),
  ['device.attributes.@values.@values', VALUE_LENGTH],
]);
const maxSize = (path: readonly string[]): number | undefined => SIZES.get(path.join('.'));
const FIELDS: Readonly<Record<string, CelType>> = {
  driver: STRING, attributes: mapOf(STRING, mapOf(STRING, DYN)), capacity: mapOf(STRING, mapOf(STRING, opaque('kubernetes.Quantity'))), allowMultipleAllocations: BOOL,
};
/** The type of the variable `device`. */
export const DEVICE: CelType = { kind: 'object', name: 'kubernetes.DRADevice', fields: { field: (name) => (Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined), names: () => Object.keys(FIELDS) } };

export function validateDeviceExpression(expression: string, path: FieldPath, errors: FieldErrors): void {
  if (expression.length > MAX_LENGTH) {
    errors.tooLong(path, MAX_LENGTH);
    return;
  }
  try {
    const program = compile(expression, { variables: { device: DEVICE }, resultTypes: [BOOL], hasBindings: true });
    const { expr, checked } = program;
    const problem = instantiationProblem(program);
    if (problem !== undefined) errors.internal(path, `program instantiation failed: ${problem}`);
    else if (estimateCost(expr, checked, maxSize) > MAX_COST) errors.forbidden(path, 'too complex, exceeds cost limit');
  } catch (error) {
    if (error instanceof CompileError) errors.invalid(path, expression, `compilation failed: ${error.message}`);
    else if (error instanceof ResultTypeError) errors.invalid(path, expression, `must evaluate to bool or the unknown type, not ${error.found}`);
    else throw error;
  }
}
