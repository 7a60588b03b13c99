import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import type { JSONSchemaProps } from '../generated/apiextensions-v1.ts';
import { validateSchema } from './schema-validation.ts';

function problems(property: JSONSchemaProps): string[] {
  const errors = new FieldErrors();
  validateSchema({ type: 'object', properties: { a: property } }, FieldPath.of('s'), errors);
  return errors.causes.map(({ field, message }) => `${field}: ${message}`);
}

const rules = (rule: string, more: object = {}): Pick<JSONSchemaProps, 'x-kubernetes-validations'> => ({ 'x-kubernetes-validations': [{ rule, ...more }] });
const LIMITS = '(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)';
const strings: JSONSchemaProps = { type: 'array', items: { type: 'string', maxLength: 10 } };

describe('a rule of a schema', () => {
  for (const { name, property, expected } of [
    { name: 'that fits is fine', property: { type: 'integer', ...rules('self > 1') }, expected: [] },
    { name: 'must give a bool', property: { type: 'integer', ...rules('self + 1') }, expected: [/cel expression must evaluate to a bool$/] },
    { name: 'may cost only so much: strings without a limit', property: { type: 'string', ...rules("self.contains('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')") }, expected: [/^s\.properties\[a\]\.x-kubernetes-validations\[0\]\.rule: Forbidden: estimated rule cost exceeds budget by factor of 1\.\d+x /] },
    { name: 'may cost only so much: loops in loops over lists without a limit', property: { ...strings, ...rules('self.all(x, self.all(y, x == y))') }, expected: [`s.properties[a].x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x ${LIMITS}`, /contributed to estimated rule cost total/, /estimated rule cost total for entire OpenAPIv3 schema exceeds budget/] },
    { name: 'is cheap with limits', property: { ...strings, maxItems: 10, ...rules('self.all(x, self.all(y, x == y))') }, expected: [] },
    { name: 'knows no old element of a list whose elements cannot be told apart', property: { type: 'array', maxItems: 3, items: { type: 'integer', ...rules('self == oldSelf') } }, expected: [/Invalid value: "self == oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within s\.properties\[a\]$/] },
    { name: 'has a message expression that gives a text', property: { type: 'integer', ...rules('self > 1', { messageExpression: 'self' }) }, expected: [/messageExpression must evaluate to a string$/] },
  ] as const) {
    test(name, () => {
      const found = problems(property as unknown as JSONSchemaProps);
      assert.equal(found.length, expected.length, found.join('\n'));
      expected.forEach((one, i) => (typeof one === 'string' ? assert.equal(found[i], one) : assert.match(found[i] ?? '', one)));
    });
  }
});
