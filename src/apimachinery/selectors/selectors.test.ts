import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SelectorError } from './errors.ts';
import { parseFieldSelector } from './field-selector.ts';
import { labelSelectorOf, parseLabelSelector, selectorFromSet } from './label-selector.ts';

for (const [text, message] of [
  ['a=b=c', "found '=', expected: ',' or 'end of string'"],
  ['a in b', "unable to parse requirement: found 'b' expected: '('"],
  ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
  ['!', "unable to parse requirement: found '', expected: identifier"],
  ['a!', "unable to parse requirement: found '!', expected: in, notin, =, ==, !=, gt, lt"],
  ['=b', "found '=', expected: !, identifier, or 'end of string'"],
  ['a,,b', "found ',', expected: identifier after ','"],
  ['bad key!=x', "unable to parse requirement: found 'key', expected: in, notin, =, ==, !=, gt, lt"],
  ['a=bad value', "found 'value', expected: ',' or 'end of string'"],
  ['a in (b,,)', "unable to parse requirement: found ')', expected: ',', or identifier"],
  ['a in (b c)', "unable to parse requirement: found 'c', expected: ',' or ')'"],
  ['a<9223372036854775808', "unable to parse requirement: values[0]: Invalid value: \"9223372036854775808\": for 'Gt', 'Lt' operators, the value must be an integer"],
  ['a notin', "unable to parse requirement: found '' expected: '('"],
  ['(a)', "found '(', expected: !, identifier, or 'end of string'"],
  ['a>b c', "unable to parse requirement: values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the value must be an integer"],
  [`${'x'.repeat(64)}=y`, `unable to parse requirement: <nil>: Invalid value: "${'x'.repeat(64)}": name part must be no more than 63 bytes`],
  [`a=${'y'.repeat(64)}`, `unable to parse requirement: values[0][a]: Invalid value: "${'y'.repeat(64)}": must be no more than 63 bytes`],
] as const) test(`refuses the label selector ${text}`, () => assert.throws(() => parseLabelSelector(text), (error: unknown) => error instanceof SelectorError && error.message === message));

const MATCHES: readonly { text: string; yes: Record<string, string>[]; no: Record<string, string>[] }[] = [
  { text: '', yes: [{}, { a: '1' }], no: [] },
  { text: 'a', yes: [{ a: '' }], no: [{ b: '' }, JSON.parse('{"__proto__":"x"}') as Record<string, string>] },
  { text: '!a,b==1', yes: [{ b: '1' }], no: [{ a: '', b: '1' }, {}] },
  { text: 'a!=1', yes: [{}, { a: '2' }], no: [{ a: '1' }] },
  { text: 'a in (x, y),b notin (z)', yes: [{ a: 'y' }], no: [{ a: 'z' }, { a: 'x', b: 'z' }] },
  { text: 'a in (,x)', yes: [{ a: '' }, { a: 'x' }], no: [{}, { a: 'y' }] },
  { text: 'a in ()', yes: [{ a: '' }], no: [{}, { a: 'x' }] },
  { text: 'a notin ( )', yes: [{}, { a: 'x' }], no: [{ a: '' }] },
  { text: 'a in (x,,y,)', yes: [{ a: '' }, { a: 'x' }, { a: 'y' }], no: [{ a: 'z' }] },
  { text: 'a>1', yes: [{ a: '9223372036854775807' }], no: [{ a: '9223372036854775808' }] },
  { text: 'a>3,a<10', yes: [{ a: '4' }, { a: '9' }], no: [{ a: '3' }, { a: 'x' }, {}] },
  { text: 'a=', yes: [{ a: '' }], no: [{}] },
  { text: 'in in (in)', yes: [{ in: 'in' }], no: [{ in: 'out' }] },
];
for (const { text, yes, no } of MATCHES) {
  test(`matches by ${text || 'an empty selector'}`, () => {
    const selector = parseLabelSelector(text);
    for (const labels of yes) assert.equal(selector.matches(labels), true, JSON.stringify(labels));
    for (const labels of no) assert.equal(selector.matches(labels), false, JSON.stringify(labels));
    assert.equal(parseLabelSelector(selector.toString()).toString(), selector.toString());
  });
}

test('selector objects: none selects nothing, an empty one everything', () => {
  assert.equal(labelSelectorOf(undefined).matches({}), false);
  assert.equal(labelSelectorOf({}).matches({ a: '1' }), true);
  const selector = labelSelectorOf({ matchLabels: { a: '1' }, matchExpressions: [{ key: 'b', operator: 'DoesNotExist' }, { key: 'c', operator: 'In', values: ['x'] }] });
  assert.equal(selector.matches({ a: '1', c: 'x' }), true);
  assert.equal(selector.matches({ a: '1', b: '', c: 'x' }), false);
  assert.equal(selectorFromSet({ a: '1' }).toString(), 'a=1');
  assert.throws(() => labelSelectorOf({ matchExpressions: [{ key: 'b', operator: 'Odd' }] }), { message: '"Odd" is not a valid label selector operator' });
});

test('field selectors', () => {
  assert.deepEqual(parseFieldSelector(String.raw`a\=b`).requirements, [{ field: 'a\\', operator: '=', value: 'b' }]);
  const selector = parseFieldSelector('b!=2,a==x\\,y');
  assert.equal(selector.toString(), 'a=x\\,y,b!=2');
  assert.equal(selector.requires('a'), 'x,y');
  assert.equal(selector.matches((field) => (field === 'a' ? 'x,y' : '')), true);
  assert.equal(selector.matches(() => 'x'), false);
  assert.throws(() => parseFieldSelector('a=1,nope'), { message: "invalid selector: 'a=1,nope'; can't understand 'nope'" });
  assert.throws(() => parseFieldSelector('a=1=2'), { message: 'invalid field selector: unescaped character in value: 61' });
});
