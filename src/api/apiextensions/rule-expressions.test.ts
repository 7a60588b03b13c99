import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import type { JSONSchemaProps } from '../generated/apiextensions-v1.ts';
import { ruleCost } from './rule-expressions.ts';
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
    { name: 'has patterns that can be read', property: { type: 'string', ...rules("self.findAll('[').size() == 0") }, expected: [/program instantiation failed: error parsing regexp: missing closing \]: `\[`$/] },
    { name: 'converts nothing that is known not to be convertible', property: { type: 'integer', ...rules("self > int('x')") }, expected: [/program instantiation failed: type conversion error from 'string' to 'int'$/] },
    { name: 'has a message of parts of several types', property: { type: 'integer', ...rules('self > 1', { messageExpression: "'%s: %d'.format(['a', self])" }) }, expected: [] },
    { name: 'must give a bool', property: { type: 'integer', ...rules('self + 1') }, expected: [/cel expression must evaluate to a bool$/] },
    { name: 'may cost only so much: strings without a limit', property: { type: 'string', ...rules("self.contains('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')") }, expected: [/^s\.properties\[a\]\.x-kubernetes-validations\[0\]\.rule: Forbidden: estimated rule cost exceeds budget by factor of 1\.\d+x /] },
    { name: 'may cost only so much: loops in loops over lists without a limit', property: { ...strings, ...rules('self.all(x, self.all(y, x == y))') }, expected: [`s.properties[a].x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x ${LIMITS}`, /contributed to estimated rule cost total/, /estimated rule cost total for entire OpenAPIv3 schema exceeds budget/] },
    { name: 'is cheap with limits', property: { ...strings, maxItems: 10, ...rules('self.all(x, self.all(y, x == y))') }, expected: [] },
    { name: 'knows no old element of a list whose elements cannot be told apart', property: { type: 'array', maxItems: 3, items: { type: 'integer', ...rules('self == oldSelf') } }, expected: [/Invalid value: "self == oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within s\.properties\[a\]$/] },
    { name: 'has a message expression whose patterns can be read', property: { type: 'string', ...rules('true', { messageExpression: "self.find('[')" }) }, expected: [/: messageExpression instantiation failed: error parsing regexp: missing closing \]: `\[`$/] },
    { name: 'has a message expression that gives a text', property: { type: 'integer', ...rules('self > 1', { messageExpression: 'self' }) }, expected: [/messageExpression must evaluate to a string$/] },
  ] as const) {
    test(name, () => {
      const found = problems(property as unknown as JSONSchemaProps);
      assert.equal(found.length, expected.length, found.join('\n'));
      expected.forEach((one, i) => (typeof one === 'string' ? assert.equal(found[i], one) : assert.match(found[i] ?? '', one)));
    });
  }
});

describe('what a rule may cost', () => {
  const objects: JSONSchemaProps = { type: 'array', items: { type: 'object', properties: { a: { type: 'string' } } } };
  const root: JSONSchemaProps = { type: 'object', properties: { metadata: { type: 'object' }, list: { type: 'array', items: { type: 'string', maxLength: 5 }, maxItems: 10 } } };
  for (const [schema, rule, cost] of [
    [{ type: 'array', items: { type: 'number' } }, 'self.all(x, true)', 4_718_591],
    [{ type: 'array', items: { type: 'string' } }, 'self.all(x, true)', 3_145_727],
    [{ type: 'array', items: { type: 'boolean' } }, 'self.all(x, true)', 1_887_437],
    [{ type: 'array', items: { type: 'string', format: 'duration' } }, 'self.all(x, true)', 2_359_295],
    [{ type: 'array', items: { type: 'string', format: 'date' } }, 'self.all(x, true)', 725_936],
    [{ type: 'array', items: { type: 'string', format: 'date-time' } }, 'self.all(x, true)', 428_963],
    [{ type: 'string' }, "self.contains('test')", 314_574],
    [{ type: 'string', maxLength: 10 }, "self.startsWith('test')", 2],
    [{ type: 'string', format: 'byte', maxLength: 10 }, "self == b'x'", 2],
    [{ 'x-kubernetes-int-or-string': true }, "type(self) == int ? self < 5 : self.endsWith('%')", 314_578],
    [objects, 'self.map(x, x.a).size() > 2', 14_680_064],
    [root, "self.metadata.name.matches('^[a-z]+$')", 629_149],
    [root, "self.list.exists(x, x == 'abc')", 63],
    [root, "self.list.join(',') == 'a'", 24],
    [root, "sets.equivalent(self.list, ['a', 'b'])", 53],
    [root, "self.list.sort() == ['a']", 234],
    [{ type: 'object', additionalProperties: { type: 'string', maxLength: 5 }, maxProperties: 10 }, "self.all(k, k.matches('^a') && self[k] == 'b')", 92],
  ] as const) test(`${rule} for ${JSON.stringify(schema)}`, () => assert.equal(ruleCost(rule, schema as unknown as JSONSchemaProps, schema === root), cost));
});
