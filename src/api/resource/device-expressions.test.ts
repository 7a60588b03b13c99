import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { validateDeviceExpression } from './device-expressions.ts';

function faults(expression: string): string[] {
  const errors = new FieldErrors();
  validateDeviceExpression(expression, FieldPath.of('expression'), errors);
  return errors.causes.map(({ message }) => message);
}

const loops = (depth: number): string => (depth === 0 ? "d1 + d2 + d3 == 'x'" : `device.attributes.all(d${depth}, ${loops(depth - 1)})`);

for (const { name, expression, expected } of [
  { name: 'an attribute', expression: "device.attributes['dra.example.com'].model == 'a' && device.capacity['dra.example.com'].memory.compareTo(quantity('1Gi')) >= 0", expected: [] },
  { name: 'capacities that are compared', expression: "device.capacity['d'].memory == quantity('1Gi')", expected: [] },
  { name: 'a value with a name', expression: "cel.bind(d, device.attributes['dra.example.com'], d.one == 1 && d.two == 2)", expected: [] },
  { name: 'a loop in a loop', expression: loops(2).replace('d3 + ', '').replace('d1 + d2 + d3', 'd1 + d2'), expected: [] },
  { name: 'loops in loops in loops', expression: loops(3), expected: ['Forbidden: too complex, exceeds cost limit'] },
  { name: 'what nobody knows the size of', expression: "device.attributes['d'].all(k, device.attributes['d'].all(l, k.split('').all(c, l.split('').all(e, c == e))))", expected: ['Forbidden: too complex, exceeds cost limit'] },
  { name: 'another result', expression: 'device.driver', expected: ['Invalid value: "device.driver": must evaluate to bool or the unknown type, not string'] },
]) test(name, () => assert.deepEqual(faults(expression), expected));
