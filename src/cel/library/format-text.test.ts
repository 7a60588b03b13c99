import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DYN, STRING } from '../checker/types.ts';
import { compile, compileProblem, EvaluationError, fromJson } from '../expression.ts';

const variables = { d: DYN, text: STRING };

function run(source: string, given: Readonly<Record<string, unknown>> = {}): unknown {
  return compile(source, { variables }).evaluate(Object.fromEntries(Object.entries(given).map(([name, value]) => [name, fromJson(value)]))).value;
}

describe('what a format makes of its arguments', () => {
  for (const [source, expected] of [
    ["'%% and %s%%'.format(['x'])", '% and x%'], ["'%s has %d: %s'.format(['x', 2, [1, 'a']])", 'x has 2: [1, "a"]'], ["'%s %s'.format([[1, 2], [3]])", '[1, 2] [3]'], [`'%s'.format([["a", 'b"c']])`, '["a", "b\\"c"]'], ["'%s'.format([{'b': 1, 'a': 2}])", '{"a":2, "b":1}'],
    ["'%s'.format([2.71])", '2.71'], ["'%s'.format([[2.71]])", '[2.710000]'], ["'%s'.format([0.000000002])", '2e-09'], ["'%s'.format([null])", 'null'], ["'%s'.format([true])", 'true'], ["'%s'.format([b'xyz'])", 'xyz'],
    ["'%s'.format([[b'xyz']])", '[b"xyz"]'], ["'%s'.format([duration('1h45m47s')])", '6347s'], ["'%s'.format([[duration('2h')]])", '[duration("7200s")]'], ["'%s'.format([timestamp('2023-02-03T23:31:20+00:00')])", '2023-02-03T23:31:20Z'],
    ["'%s'.format([type('a')])", 'string'], ["'%s'.format([double('Inf')])", '+Inf'], ["'%s'.format([[double('NaN')]])", '["NaN"]'], ["'%d'.format([uint(64)])", '64'],
    ["'%.3f'.format([1.2345])", '1.234'], ["'%f'.format([2.71828])", '2.718280'], ["'%.1f'.format([1234567.25])", '1,234,567.2'], ["'%.1f'.format([0.75])", '0.8'], ["'%.0f'.format([2.5])", '2'], ["'%.2f'.format([-1234.5])", '-1,234.50'],
    ["'%f'.format(['Infinity'])", '\u221e'], ["'%f'.format(['-Infinity'])", '-\u221e'], ["'%f'.format(['NaN'])", 'NaN'],
    ["'%.6e'.format([1052.032911275])", '1.052033\u202f\u00d7\u202f10\u2070\u00b3'], ["'%e'.format([0.00271828])", '2.718280\u202f\u00d7\u202f10\u207b\u2070\u00b3'],
    ["'%b'.format([-5])", '-101'], ["'%b'.format([true])", '1'], ["'%o'.format([-11])", '-13'], ["'%x'.format([30])", '1e'], ["'%X'.format([-30])", '-1E'], ["'%x'.format(['Hello'])", '48656c6c6f'],
  ] as const) test(source, () => assert.equal(run(source), expected));

  test('costs what its text is long', () => assert.equal(compile("'no substitution'.format([])", { variables }).evaluate({}).cost, 2));
});

describe('why a format fails', () => {
  const STRINGS = 'string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps';
  for (const [source, d, expected] of [
    ["'%d'.format([d])", 'a', 'error during formatting: decimal clause can only be used on integers, was given string'],
    ["'%d'.format([d])", null, 'error during formatting: decimal clause can only be used on integers, was given null_type'],
    ["'%f'.format([d])", 5, 'error during formatting: fixed-point clause can only be used on doubles, was given int'],
    ["'%e'.format([d])", 'x', 'error during formatting: scientific clause can only be used on doubles, was given string'],
    ["'%b'.format([d])", 'x', 'error during formatting: only integers and bools can be formatted as binary, was given string'],
    ["'%o'.format([d])", 1.5, 'error during formatting: octal clause can only be used on integers, was given double'],
    ["'%x'.format([d])", 1.5, 'error during formatting: only integers, byte buffers, and strings can be formatted as hex, was given double'],
    ["('%s' + '%a').format([d, d])", 1, 'could not parse formatting clause: unrecognized formatting clause "a"'],
    ["('%s' + '%s').format([d])", 1, 'index 1 out of range'], ["('%' + '').format([d])", 1, 'unexpected end of string'],
  ] as const) test(`${source} of ${JSON.stringify(d)}`, () => assert.throws(() => run(source, { d }), (error) => error instanceof EvaluationError && error.message === expected));

  for (const [source, place, expected] of [
    ["'%d'.format(['a'])", 14, 'error during formatting: decimal clause can only be used on integers, was given string'], ["'%s'.format([optional.none()])", 27, `error during formatting: ${STRINGS}, was given optional_type`],
    ["'%s %s'.format(['abc'])", 15, 'index 1 out of range'], ["'%s'.format(['a', 'b'])", 12, 'too many arguments supplied to string.format (expected 1, got 2)'],
    ["'%j'.format([1])", 12, 'could not parse formatting clause: unrecognized formatting clause "j"'], ["'x %'.format([1])", 13, 'unexpected end of string'],
    ["'%.34'.format([5.0])", 14, 'could not parse formatting clause: error while parsing precision: could not find end of precision specifier'],
  ] as const) test(`${source} does not compile`, () => assert.equal(compileProblem(source, { variables }), `compilation failed: ERROR: <input>:1:${place}: ${expected}\n | ${source}\n | ${'.'.repeat(place - 1)}^`));
});
