import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BOOL, DYN, INT, listOf, STRING } from './checker/types.ts';
import { compile, compileProblem, CostLimitError, EvaluationError, fromJson, type Value } from './expression.ts';

const variables = { self: DYN, object: DYN, n: INT, text: STRING, list: listOf(INT) };

function evaluate(source: string, given: Record<string, unknown> = {}): Value {
  return compile(source, { variables }).evaluate(Object.fromEntries(Object.entries(given).map(([name, value]) => [name, fromJson(value)]))).value;
}

describe('the value of an expression', () => {
  for (const [source, given, expected] of [
    ['1 + 2 * 3 - -4', {}, 11n], ['7 / 2 == 3 && 7 % 2 == 1', {}, true], ["'a' + 'b'", {}, 'ab'], ['1.5 < 2', {}, true], ['2u > 1u', {}, true],
    ["has(self.a) && self.l.all(x, x > 1)", { self: { a: 1, l: [2, 3] } }, true], ['[1, 2, 3].exists(x, x == 2)', {}, true], ['[1, 2, 2].exists_one(x, x == 2)', {}, false],
    ['[1, 2, 3].filter(x, x > 1).map(x, x * 2) == [4, 6]', {}, true], ["{'a': 1, 'b': 2}.map(k, k).size()", {}, 2n], ['[0, 2].exists(x, 4 / x == 2)', {}, true],
    ["self.?a.orValue('x')", { self: {} }, 'x'], ["self.?a.?b.hasValue()", { self: { a: { b: 1 } } }, true], ["self[?'a'].optMap(x, x + 1).orValue(0)", { self: { a: 1 } }, 2n],
    ['self == null', { self: null }, true], ['[3, 1, 2].isSorted()', {}, false], ['[3, 1, 2].max()', {}, 3n], ['[1, 2, 3].sum()', {}, 6n], ["['a', 'b'].indexOf('b')", {}, 1n],
    ["'aca'.replace('a', 'b')", {}, 'bcb'], ["'a,b,c'.split(',', 2)", {}, ['a', 'b,c']], ["'  x '.trim() + ['a', 'b'].join('-')", {}, 'xa-b'], ["'héllo'.substring(1, 3)", {}, 'él'], ["'%s is %d'.format(['a', dyn(1)])", {}, 'a is 1'],
    ["'abc 123'.find('[0-9]+')", {}, '123'], ["'a1b2'.findAll('[0-9]')", {}, ['1', '2']], ["'abc'.matches('^a.c$')", {}, true],
    ["quantity('1Gi').isGreaterThan(quantity('500Mi'))", {}, true], ["quantity('1k').add(quantity('24')).asInteger()", {}, 1024n], ["isQuantity('x')", {}, false],
    ["url('https://a.example:80/x?q=1').getHostname() + url('https://a.example:80/x').getPort()", {}, 'a.example80'], ["isURL('../x')", {}, false],
    ["ip('::1').isLoopback() && cidr('10.0.0.0/8').containsIP('10.1.2.3') && !isIP('1.2.3')", {}, true], ["string(cidr('10.1.2.3/8').masked())", {}, '10.0.0.0/8'],
    ["semver('1.2.3-rc.1').isLessThan(semver('1.2.3')) && isSemver('v1.2', true)", {}, true],
    ["format.dns1123Label().validate('Not').hasValue() && !format.uuid().validate('123e4567-e89b-12d3-a456-426614174000').hasValue()", {}, true],
    ["sets.contains([1, 2], [2]) && !sets.intersects([1], [2])", {}, true], ["[1, 2].all(i, v, v == i + 1)", {}, true], ["{'a': 1}.transformMap(k, v, v + 1)['a']", {}, 2n],
    ["timestamp('2020-01-01T00:00:00Z') + duration('1h') == timestamp('2020-01-01T01:00:00Z')", {}, true], ["timestamp('2020-02-03T04:05:06Z').getMonth()", {}, 1n],
    ["type(1) == int && type('a') == string && string(1.5) == '1.5' && int('7') == 7", {}, true], ["'a' in {'a': 1} && 2 in [1, 2]", {}, true],
    ["[3, 1, 2].sort() == [1, 2, 3] && ['b', 'a'].sort() == ['a', 'b'] && list.sort() == []", { list: [] }, true], ["[{'n': 2}, {'n': 1}].sortBy(x, x.n).map(x, x.n)", {}, [1n, 2n]], ['[1, 2, 3, 4].slice(1, 3)', {}, [2n, 3n]],
    ["url('https:://a.example').getScheme() + url('mailto:somebody').getHost()", {}, 'https'], ["url('https://a.example/some path/é?q').getEscapedPath()", {}, '/some%20path/%C3%A9'], ["url('https://a.example/x%2Fy(z)#f').getEscapedPath()", {}, '/x%2Fy(z)'],
    ["url('/x?a=1&a=2+3&%zz=4&b;c=5&d').getQuery() == {'a': ['1', '2 3'], 'd': ['']}", {}, true], ["type(ip('::1')) == net.IP && type(cidr('::/8')) == net.CIDR", {}, true], ["ip('ff12::1').isLinkLocalMulticast() && string(ip('::1.2.3.4')) == '::102:304'", {}, true],
    ["!quantity('1000m').isInteger() && !quantity('0.5Gi').isInteger() && quantity('2.5k').add(quantity('1500m')).isInteger() == false && quantity('5k').sub(7).asInteger() == 4993", {}, true], ["quantity('1').add(quantity('500m')).sub(quantity('500m')).isInteger()", {}, false],
    ["semver('v01.2', true).minor() == 2 && !isSemver('1-rc', true) && !isSemver('18446744073709551616.0.0')", {}, true],
    ['[[1], [2, 3], []].flatten()', {}, [1n, 2n, 3n]], ['dyn([dyn(1), dyn([dyn(2), dyn([3])])]).flatten(1) == dyn([dyn(1), dyn(2), dyn([3])])', {}, true], ["['a', 'b', 'a'].distinct()", {}, ['a', 'b']], ['lists.range(3).reverse()', {}, [2n, 1n, 0n]],
    ['[1, 2].first().value() + [1, 2].last().value()', {}, 3n], ['list.first().hasValue()', { list: [] }, false], ['[optional.of(1), optional.none()].unwrapOpt() == optional.unwrap([optional.of(1)])', {}, true], ["{'a': 1}.exists_one(k, v, v == 1)", {}, true],
    ["type(duration('1s')) == google.protobuf.Duration && type(timestamp('2020-01-01T00:00:00Z')) == google.protobuf.Timestamp && type(null) == null_type", {}, true], ["duration('1m2s').getMilliseconds()", {}, 62_000n],
    ["string(timestamp('2020-01-01T01:02:03.5+05:30') + duration('1h'))", {}, '2020-01-01T02:02:03.5+05:30'], ["timestamp('2020-01-01T01:00:00-02:00').getHours()", {}, 3n], ['size("😀") == 1', {}, true], ['true ? 1 : 2', {}, 1n],
  ] as const) test(source, () => assert.deepEqual(evaluate(source, given), expected));
});

describe('the error of an expression', () => {
  for (const [source, given, expected] of [
    ['self.spec.replicas < 10', { self: { spec: {} } }, 'no such key: replicas'], ['1 / n', { n: 0 }, 'division by zero'], ['[1][n]', { n: 2 }, 'index out of bounds: 2'], ['self + 1', { self: 'a' }, 'no such overload'],
    ['int(text)', { text: 'x' }, "type conversion error from 'string' to 'int'"], ['9223372036854775807 + n', { n: 1 }, 'integer overflow'], ['optional.none().value()', {}, 'optional.none() dereference'],
    ['[1, 2].slice(1, 3)', {}, 'cannot slice(1, 3), list is length 2'], ['[1].slice(-1, 0)', {}, 'cannot slice(-1, 0), negative indexes not supported'], ['dyn([1]).flatten(-1)', {}, 'level must be non-negative'],
    ["dyn([dyn(1), dyn('a')]).sort()", {}, 'list elements must have the same type'], ['lists.range(n)', { n: 10_000_000 }, 'operation cancelled: actual cost limit exceeded'],
    ["ip(text)", { text: '10.1' }, 'IP Address "10.1" parse error during conversion from string: ParseAddr("10.1"): IPv4 address too short'], ["cidr('10.0.0.0/8').containsIP(text)", { text: '10.1' }, 'no such overload'],
    ["cidr(text)", { text: '10.0.0.0/40' }, 'network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix("10.0.0.0/40"): prefix length out of range'],
    ["cidr(text)", { text: '::ffff:1.2.3.4/8' }, 'network address parse error during conversion from string: IPv4-mapped IPv6 address "::ffff:1.2.3.4/8" is not allowed'],
    ["url(text)", { text: 'https://a.example#f' }, 'URL parse error during conversion from string: parse "https://a.example#f": invalid character "#" in host name'], ["url(text)", { text: '://x' }, 'URL parse error during conversion from string: parse "://x": missing protocol scheme'],
    ["semver(text)", { text: '1.2.3.4' }, 'Invalid character(s) found in patch number "3.4"'], ["semver(text, true)", { text: 'v1-rc' }, 'short version cannot contain PreRelease/Build meta data'], ["semver(text)", { text: '1..2' }, 'strconv.ParseUint: parsing "": invalid syntax'],
    ["'a'.find(text)", { text: '(' }, 'Illegal regex: error parsing regexp: missing closing ): `(`'], ['[9223372036854775807, n].sum()', { n: 1 }, 'integer overflow'],
    ["quantity(text)", { text: 'junk' }, "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"],
  ] as const) test(source, () => assert.throws(() => evaluate(source, given), (error) => error instanceof EvaluationError && error.message === expected));
});

const EXPECTED = "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

describe('what is wrong with an expression', () => {
  for (const [source, expected] of [
    ['x > 2 ++', `ERROR: <input>:1:8: Syntax error: mismatched input '+' expecting ${EXPECTED}\n | x > 2 ++\n | .......^\nERROR: <input>:1:9: Syntax error: mismatched input '<EOF>' expecting ${EXPECTED}\n | x > 2 ++\n | ........^`],
    ['object.', "ERROR: <input>:1:8: Syntax error: no viable alternative at input '.'\n | object.\n | .......^"],
    ['self === 1', "ERROR: <input>:1:8: Syntax error: token recognition error at: '= '\n | self === 1\n | .......^"],
    ['nothing', "ERROR: <input>:1:1: undeclared reference to 'nothing' (in container '')\n | nothing\n | ^"],
    ['nothing(1)', "ERROR: <input>:1:8: undeclared reference to 'nothing' (in container '')\n | nothing(1)\n | .......^"],
    ["n + 'a'", "ERROR: <input>:1:3: found no matching overload for '_+_' applied to '(int, string)'\n | n + 'a'\n | ..^"],
    ["n.startsWith('a')", "ERROR: <input>:1:13: found no matching overload for 'startsWith' applied to 'int.(string)'\n | n.startsWith('a')\n | ............^"],
    ['n.a', "ERROR: <input>:1:2: type 'int' does not support field selection\n | n.a\n | .^"],
    ["[1, 'a']", "ERROR: <input>:1:5: expected type 'int' but found 'string'\n | [1, 'a']\n | ....^"],
    ["[1, dyn(2), 'a']", "ERROR: <input>:1:8: expected type 'int' but found 'dyn'\n | [1, dyn(2), 'a']\n | .......^"],
    ["{'a': 1, 1: 'b'}", "ERROR: <input>:1:10: expected type 'string' but found 'int'\n | {'a': 1, 1: 'b'}\n | .........^\nERROR: <input>:1:13: expected type 'int' but found 'string'\n | {'a': 1, 1: 'b'}\n | ............^"],
    ['n.all(x, x > 1)', "ERROR: <input>:1:1: expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)\n | n.all(x, x > 1)\n | ^"],
    ['cel.bind(x, 1, x) == 1', "ERROR: <input>:1:1: undeclared reference to 'cel' (in container '')\n | cel.bind(x, 1, x) == 1\n | ^\nERROR: <input>:1:9: undeclared reference to 'bind' (in container '')\n | cel.bind(x, 1, x) == 1\n | ........^\nERROR: <input>:1:10: undeclared reference to 'x' (in container '')\n | cel.bind(x, 1, x) == 1\n | .........^\nERROR: <input>:1:16: undeclared reference to 'x' (in container '')\n | cel.bind(x, 1, x) == 1\n | ...............^"],
    ['has(self)', 'ERROR: <input>:1:5: invalid argument to has() macro\n | has(self)\n | ....^'],
    ["text.matches('[')", "ERROR: <input>:1:14: invalid matches argument\n | text.matches('[')\n | .............^"],
  ] as const) test(source, () => assert.equal(compileProblem(source, { variables }), `compilation failed: ${expected}`));

  for (const { name, source, expected } of [
    { name: 'sums of too many parts', source: `n.a${' + n'.repeat(250)}`, expected: 'max recursion depth exceeded' },
    { name: 'calls of too many results', source: `n${'.a()'.repeat(251)}`, expected: 'max recursion depth exceeded' },
    { name: 'too many parentheses', source: `${'('.repeat(250)}n${')'.repeat(250)}`, expected: 'expression recursion limit exceeded: 250' },
  ]) test(name, () => assert.equal(compileProblem(source, { variables }), `compilation failed: ERROR: <input>:-1:0: ${expected}`));

  test('sums of many parts are fine', () => assert.equal(compileProblem(`n${' + n'.repeat(250)}`, { variables }), undefined));

  test('a result of another type than asked for', () => assert.equal(compileProblem('1', { variables, resultTypes: [BOOL] }), 'must evaluate to bool but got int'));
});

test('an expression that costs more than it may is stopped', () => {
  const program = compile('list.all(x, list.all(y, list.all(z, x + y + z > -1)))', { variables });
  const list = fromJson(Array.from({ length: 100 }, (_, i) => i));
  assert.throws(() => program.evaluate({ list }), CostLimitError);
});
