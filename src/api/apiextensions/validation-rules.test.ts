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

test('of a rule that an unchanged value breaks the client is told', () => {
  const errors = new FieldErrors();
  rulesCheck({ type: 'object', properties: { a: { type: 'integer', ...rule('self > 1') } } })?.({ a: 1 }, { a: 1 }, errors);
  assert.deepEqual([errors.causes, errors.warnings], [[], ['a: Invalid value: 1: failed rule: self > 1']]);
});

test('sets are equal in any order, and properties have names that expressions can spell', () => {
  assert.deepEqual(problems({ type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set', ...rule("self == ['b', 'a']") }, ['a', 'b']), []);
  assert.deepEqual(problems({ type: 'object', properties: { 'a-b': { type: 'integer' }, if: { type: 'integer' } }, ...rule('self.a__dash__b == self.__if__') }, { 'a-b': 1, if: 1 }), []);
});
