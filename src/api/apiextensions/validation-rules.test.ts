import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import type { JSONSchemaProps } from '../generated/apiextensions-v1.ts';
import { rulesCheck } from './validation-rules.ts';

function problems(property: JSONSchemaProps, value: unknown, old?: unknown): string[] {
  const errors = new FieldErrors();
  rulesCheck({ type: 'object', properties: { a: property } })?.({ a: value }, old === undefined ? undefined : { a: old }, errors);
  return errors.causes.map(({ field, message }) => `${field}: ${message}`);
}

const rule = (text: string, more: object = {}): Pick<JSONSchemaProps, 'x-kubernetes-validations'> => ({ 'x-kubernetes-validations': [{ rule: text, ...more }] });

test('a rule that does not hold is told with its message, or the message that its expression makes', () => {
  assert.deepEqual(problems({ type: 'integer', ...rule('self > 1') }, 1), ['a: Invalid value: 1: failed rule: self > 1']);
  assert.deepEqual(problems({ type: 'integer', ...rule('self > 1', { messageExpression: "'not ' + string(self)" }) }, 1), ['a: Invalid value: 1: not 1']);
  assert.deepEqual(problems({ type: 'object', properties: { b: { type: 'integer' } }, ...rule('self.b > 1', { messageExpression: "'not ' + string(self.b)" }) }, { b: 1 }), ['a: Invalid value: not 1']);
  assert.deepEqual(problems({ type: 'string', ...rule('false', { messageExpression: "self + self", message: 'long' }) }, 'x'.repeat(2561)), [`a: Invalid value: "${'x'.repeat(2561)}": long`]);
  assert.deepEqual(problems({ type: 'integer', ...rule('self > 1', { message: 'small', messageExpression: "string(1 / (self - 1))" }) }, 1), ['a: Invalid value: 1: small']);
});

test('a rule names the error that breaking it is', () => {
  assert.deepEqual(problems({ type: 'string', ...rule('false', { message: 'why', reason: 'FieldValueForbidden' }) }, 'x'), ['a: Forbidden: why']);
  assert.deepEqual(problems({ type: 'string', ...rule('false', { message: 'why', reason: 'FieldValueRequired' }) }, 'x'), ['a: Required value: why']);
  assert.deepEqual(problems({ type: 'string', ...rule('false', { message: 'why', reason: 'FieldValueDuplicate' }) }, 'x'), ['a: Duplicate value: "x"']);
  assert.deepEqual(problems({ type: 'object', properties: { b: { type: 'integer' } }, ...rule('false', { message: 'why', reason: 'FieldValueDuplicate' }) }, { b: 1 }), ['a: Duplicate value']);
  assert.deepEqual(problems({ type: 'string', ...rule('false', { messageExpression: "'why'", reason: 'FieldValueDuplicate' }) }, 'x'), ['a: Duplicate value: "x"']);
});

test('a rule that cannot be evaluated is told of the value it is for, wherever it points to', () => {
  const property: JSONSchemaProps = { type: 'object', properties: { b: { type: 'integer' } }, ...rule(' 1 / self.b > 0 ', { fieldPath: '.b' }) };
  assert.deepEqual(problems(property, { b: 0 }), ['a: Invalid value: "object": division by zero evaluating rule: 1 / self.b > 0']);
  assert.deepEqual(problems({ 'x-kubernetes-int-or-string': true, ...rule('self > 1') }, 'x'), [`a: Invalid value: "": 'no such overload': call arguments did not match a supported operator, function or macro signature for rule: self > 1`]);
  assert.deepEqual(problems({ type: 'string', nullable: true, ...rule('oldSelf != self') }, 'x', null), []);
});

test('a rule names its field as messages print it, however the path to it is written', () => {
  const property: JSONSchemaProps = { type: 'object', properties: { 'b.c': { type: 'object', additionalProperties: { type: 'integer' } } }, ...rule('false', { fieldPath: "['b.c'].d", message: 'no' }) };
  assert.deepEqual(problems(property, { 'b.c': { d: 1 } }), ['a.b.c[d]: Invalid value: no']);
});

const LIST: JSONSchemaProps = { type: 'array', items: { type: 'integer' } };
const NO_MORE = 'no further validation rules will be run';

test('a message that costs too much is told in place of the one that it was to be, and no more rules are asked', () => {
  const messageExpression = "string(self.all(x, self.all(y, true)))";
  const told = problems({ ...LIST, 'x-kubernetes-validations': [{ rule: 'false', messageExpression, message: 'short' }, { rule: 'false' }] }, Array.from({ length: 600 }, (_, i) => i));
  assert.deepEqual(told, [`a: Invalid value: "array": ${NO_MORE} due to call cost exceeds limit for messageExpression: "${messageExpression}"`]);
});

test('rules, and expressions of messages, may cost only so much together', () => {
  const numbers = Array.from({ length: 400 }, (_, i) => i);
  const expression = 'self.all(x, self.all(y, true))';
  const many = Array.from({ length: 30 }, () => ({ rule: expression }));
  assert.deepEqual(problems({ ...LIST, 'x-kubernetes-validations': many }, numbers), [`a: Invalid value: "array": validation failed due to running out of cost budget, ${NO_MORE}`]);
  const withMessages = many.map(() => ({ rule: 'false', messageExpression: `string(${expression})` }));
  assert.equal(problems({ ...LIST, 'x-kubernetes-validations': withMessages }, numbers).at(-1), `a: Invalid value: "array": messageExpression evaluation failed due to running out of cost budget, ${NO_MORE}`);
});

test('what an error cost before it came is spent too', () => {
  const costly = { rule: 'self.all(x, self.all(y, true)) && self[1000] == 1' };
  const told = problems({ ...LIST, 'x-kubernetes-validations': Array.from({ length: 30 }, () => costly) }, Array.from({ length: 400 }, (_, i) => i));
  assert.equal(told.at(-1), `a: Invalid value: "array": validation failed due to running out of cost budget, ${NO_MORE}`);
});

test('an expression of a message is given the old value itself, and only beside a rule that asks for it', () => {
  const optional = { rule: 'oldSelf.hasValue() && false', optionalOldSelf: true };
  assert.deepEqual(problems({ type: 'integer', 'x-kubernetes-validations': [{ ...optional, messageExpression: 'string(oldSelf.orValue(7))' }] }, 1, 2), ['a: Invalid value: 1: failed rule: oldSelf.hasValue() && false']);
  assert.deepEqual(problems({ type: 'integer', ...rule('oldSelf > 5', { messageExpression: 'string(oldSelf)' }) }, 1, 2), ['a: Invalid value: 1: 2']);
  assert.deepEqual(problems({ type: 'integer', ...rule('self > 5', { messageExpression: 'string(oldSelf)' }) }, 1, 2), ['a: Invalid value: 1: failed rule: self > 5']);
});

test('a field that is null is one that is not there; an entry of a map that is null is there', () => {
  const text = { type: 'string', nullable: true };
  assert.deepEqual(problems({ type: 'object', properties: { b: text }, ...rule("!has(self.b) && self.?b.orValue('none') == 'none'") }, { b: null }), []);
  assert.deepEqual(problems({ type: 'object', properties: { b: text }, ...rule("self.b == 'x'") }, { b: null }), [`a: Invalid value: "object": no such key: b evaluating rule: self.b == 'x'`]);
  assert.deepEqual(problems({ type: 'object', additionalProperties: text, ...rule("'b' in self && type(self['b']) == null_type") }, { b: null }), []);
});

test('a value that has not changed may break a rule, but not one about changes', () => {
  const property: JSONSchemaProps = { type: 'integer', ...rule('self > 1') };
  assert.deepEqual(problems(property, 1, 1), []);
  assert.equal(problems(property, 0, 1).length, 1);
  assert.equal(problems({ type: 'integer', ...rule('self > oldSelf') }, 1, 1).length, 1);
});

test('version and kind of an object are always taken for changed, those of parts of it are not', () => {
  const text: JSONSchemaProps = { type: 'string', ...rule("self == 'x'") };
  const schema: JSONSchemaProps = { type: 'object', properties: { kind: text, part: { type: 'object', properties: { kind: text } } } };
  const object = { kind: 'Odd', part: { kind: 'Odd' } };
  const errors = new FieldErrors();
  rulesCheck(schema)?.(object, object, errors);
  assert.deepEqual(errors.causes.map(({ field, message }) => `${field}: ${message}`), [`kind: Invalid value: "Odd": failed rule: self == 'x'`]);
  assert.deepEqual(errors.warnings, [`part.kind: Invalid value: "Odd": failed rule: self == 'x'`]);
});

test('of a rule that an unchanged value breaks the client is told', () => {
  const errors = new FieldErrors();
  rulesCheck({ type: 'object', properties: { a: { type: 'integer', ...rule('self > 1') } } })?.({ a: 1 }, { a: 1 }, errors);
  assert.deepEqual([errors.causes, errors.warnings], [[], ['a: Invalid value: 1: failed rule: self > 1']]);
});

test('sets are equal in any order, and properties have names that expressions can spell', () => {
  assert.deepEqual(problems({ type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set', ...rule("self == ['b', 'a']") }, ['a', 'b']), []);
  assert.deepEqual(problems({ type: 'object', properties: { 'a-b': { type: 'integer' }, if: { type: 'integer' } }, ...rule('self.a__dash__b == self.__if__') }, { 'a-b': 1, if: 1 }), []);
});
