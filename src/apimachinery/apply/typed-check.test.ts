import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApplyType, ListApplyType } from './apply-type.ts';
import { problemText, typedProblems } from './typed-check.ts';

const scalar = (of: 'string' | 'numeric' | 'boolean' | 'untyped'): ApplyType => ({ kind: 'scalar', scalar: of });
const map = (fields: Readonly<Record<string, ApplyType>>): ApplyType => ({ kind: 'map', isAtomic: false, isDeclared: (name) => name in fields, field: (name) => fields[name] });
const list = (relation: ListApplyType['relation'], items: ApplyType, keys: string[] = []): ApplyType => ({ kind: 'list', relation, keys, items, keyDefault: () => undefined });
const type = map({
  text: scalar('string'), number: scalar('numeric'), flag: scalar('boolean'), any: scalar('untyped'), inner: map({}),
  set: list('set', scalar('string')), named: list('map', map({ name: scalar('string'), size: scalar('numeric') }), ['name']),
});
const NAMELESS = 'associative list with keys has an element that omits all key fields ["name"] (and doesn\'t have default values for any key fields)';

for (const { value, expected } of [
  { value: { text: 'a', number: 1.5, flag: true, any: '5', inner: null, set: ['a', 'b'], named: [{ name: 'a', size: 1 }, { name: 'b' }] }, expected: [] },
  { value: { text: 1234567 }, expected: ['.text: expected string, got &value.valueUnstructured{Value:1.234567e+06}'] },
  { value: { text: { b: [null, true], a: 'x' } }, expected: ['.text: expected string, got &value.valueUnstructured{Value:map[string]interface {}{"a":"x", "b":[]interface {}{interface {}(nil), true}}}'] },
  { value: { number: [1] }, expected: ['.number: expected numeric (int or float), got []interface {}'] },
  { value: { flag: { b: [null, true], a: 'x' } }, expected: ['.flag: expected boolean, got &{map[a:x b:[<nil> true]]}'] },
  { value: { any: [1, 2] }, expected: ['.any: expected any scalar, got &{[1 2]}'] },
  { value: { inner: [] }, expected: ['.inner: expected map, got &{[]}'] },
  { value: { set: {} }, expected: ['.set: expected list, got &{map[]}'] },
  { value: { set: ['a', 'a', {}, []] }, expected: ['.set: duplicate entries for key [="a"]', '.set: element 2: associative list without keys has an element that\'s a map type'] },
  { value: { set: [[]] }, expected: ['.set: element 0: not supported: associative list with lists as elements'] },
  { value: { set: [null] }, expected: ['.set: element 0: associative list without keys has an element that\'s an explicit null'] },
  { value: { named: [null, 'x'] }, expected: ['.named: element 0: associative list with keys may not have a null element'] },
  { value: { named: ['x', {}] }, expected: ['.named: element 0: associative list with keys may not have non-map elements'] },
  { value: { named: [{ size: 1 }] }, expected: [`.named: element 0: ${NAMELESS}`] },
  { value: { named: [{ name: null, size: 'x' }] }, expected: ['.named[name=null].size: expected numeric (int or float), got string'] },
]) {
  test(`an applied ${JSON.stringify(value)} is judged in the words of structured-merge-diff`, () => {
    assert.deepEqual(typedProblems(type, value), expected);
  });
}

test('several problems are listed', () => {
  assert.equal(problemText(['.a: x', '.b: y']), 'errors:\n  .a: x\n  .b: y');
});
