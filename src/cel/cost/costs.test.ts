import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { listOf, STRING } from '../checker/types.ts';
import { compile } from '../expression.ts';
import { AUTHORIZER, AuthorizerValue } from '../library/authorizers.ts';
import { estimateCost } from './estimate.ts';

const INTS = '[1, 2, 3, 4, 5]';
const UINTS = '[uint(1), uint(2), uint(3), uint(4), uint(5)]';
const TEXTS = "['012345678901', '012345678901', '012345678901', '012345678901', '012345678901']";
const BYTES = "[bytes('012345678901'), bytes('012345678901'), bytes('012345678901'), bytes('012345678901'), bytes('012345678901')]";
const DURATIONS = "[duration('1s'), duration('2s'), duration('3s'), duration('4s'), duration('5s')]";
const V6 = '2001:db8:3333:4444:5555:6666:7777:8888';
const IP4 = "cidr('192.168.0.0/16')";
const IP6 = "cidr('2001:db8::/32')";
const RESOURCE = "authorizer.group('apps').resource('deployments').subresource('status').namespace('test').name('backend')";

const variables = { authorizer: AUTHORIZER, text: STRING, texts: listOf(STRING) };
const authorizer = new AuthorizerValue(() => ({ allowed: true, reason: '' }));
/** More than the size of anything that is known. */
const UNKNOWN = 2 ** 60;
/** Texts that nobody bounds have at most twelve characters, lists five elements. */
const maxSize = (path: readonly string[]): number | undefined => ({ text: 12, texts: 5, 'texts.@items': 12 })[path.join('.')];

/** Source of the numbers: apiserver pkg/cel/library, cost_test.go, and apiextensions-apiserver pkg/apiserver/schema/cel, celcoststability_test.go: what is known beforehand costs nothing. The second is the most that is expected beforehand; without it, both are the same; Infinity: how large something is is not known. */
const COSTS: readonly (readonly [source: string, cost: number, estimate?: number])[] = [
  [`${INTS}.sum()`, 5, 15], [`${UINTS}.sum()`, 5, 20], [`${DURATIONS}.sum()`, 5, 20], [`${INTS}.max()`, 5, 15], [`${TEXTS}.isSorted()`, 5, Infinity], [`${BYTES}.min()`, 5, Infinity], [`${INTS}.indexOf(3)`, 5, 15], [`${TEXTS}.lastIndexOf('x')`, 5, Infinity],
  ["'01234567890123456789012345678901234567890123456789'.indexOf('123')", 5], ["url('https://kubernetes.io/').getHost()", 4],
  ["ip('192.168.0.1')", 2], [`ip('${V6}')`, 4], ["ip('192.168.0.1').isLoopback()", 3], [`ip('${V6}').family()`, 5], ["ip.isCanonical('192.168.0.1')", 3], [`ip.isCanonical('${V6}')`, 8],
  [IP4, 2], [IP6, 2], [`${IP4}.ip()`, 3], [`${IP4}.masked()`, 3], [`${IP6}.prefixLength()`, 3], [`${IP4}.containsCIDR(cidr('192.0.0.0/30'))`, 7, 11], [`${IP4}.containsCIDR('192.168.0.0/16')`, 7, 11],
  [`${IP4}.containsIP(ip('192.0.0.1'))`, 4, 7], [`${IP4}.containsIP('192.169.0.1')`, 5, 8], [`${IP6}.containsIP('${V6}')`, 7, 10], [`${IP6}.containsCIDR('2001:db8::/126')`, 7, 11], ["cidr('2001:db8::/64').containsIP(ip('2001:db8::1'))", 6, 8],
  ["'ABCDEFGHIJ abcdefghij'.lowerAscii()", 3], ["'ABCDEFGHIJ abcdefghij'.lowerAscii() == 'abcdefghij ABCDEFGHIJ'.lowerAscii()", 9], ["strings.quote('ABCDEFGHIJ abcdefghij')", 3],
  ["strings.quote('ABCDEFGHIJ abcdefghij') == strings.quote('ABCDEFGHIJ abcdefghij')", 9, 11], ["'abc 123 def 123'.replace('123', '456')", 3], ["'abc 123 def 123'.replace('123', '456', 1)", 3],
  ["'abc 123 def 123'.split(' ')", 3], ["'abc 123 def 123'.substring(5, 8)", 2], ["'  abc 123 def 123  '.trim()", 2], ["['aa', 'bb', 'cc', 'd', 'e', 'f', 'g', 'h', 'i', 'j'].join(' ')", 5, Infinity], ["'abc 123 def 123'.find('123')", 2], ["'abc 123 def 123'.findAll('123', 1)", 2],
  ["authorizer.path('/healthz')", 2], [RESOURCE, 6], ["authorizer.path('/healthz').check('get').allowed()", 350_003], [`${RESOURCE}.check('create').errored()`, 350_007], [`${RESOURCE}.labelSelector('a=b')`, 117],
  ["quantity('12Mi')", 1], ["isQuantity(text)", 2, 3], ["isSemver(text + text, true)", 6, 8], ["isQuantity('20M')", 1], ["quantity('200M') == quantity('200M')", 3], ["quantity('50M').isLessThan(quantity('50Mi'))", 3], ["quantity('50k').add(20).sub(quantity('100k')).asInteger() > 0", 6], ["quantity('50.703k').asApproximateFloat() > 0.0", 3],
  ["semver('1.2.3') == semver('1.2.3')", 3], ["ip('::1') == ip('::2')", 3], ["format.dns1123Label() == format.uuid()", 3, 9], ["url('https://kubernetes.io/') == url('https://kubernetes.io/')", 7, 9],
  ['sets.contains([], [])', 1, 21], ['sets.contains([1, 2, 3, 4], [2, 3])', 9, 29], ['sets.contains([[1], [2, 3]], [[2, 3]])', 3, 53], ['sets.equivalent([], [])', 1, 21], ['sets.equivalent([1], [1])', 3, 23], ['sets.equivalent([1, 2, 3], [3, 2, 1])', 19, 39],
  ['!sets.equivalent([1, 2], [2, 2, 2])', 14, 34], ['sets.intersects([1, 2], [2, 2, 2])', 7, 27], ["format.dns1123Label().validate('abc')", 9, 33],
  ['[1, 2, 3].slice(0, 2)', 13, 23], ['lists.range(5)', 16], ['[1, 2].reverse()', 13, 23], ['[[1], [2, 3]].flatten()', 13, 43], ['[1, 2, 3].distinct()', 29, 39], ['[3, 2, 1].sort()', 29, 39], ["['b', 'a'].sort()", 19, 30],
  ["text in ['a', 'b']", 1, 13], ['type(text) == string', 3, Infinity], ["type(duration('1h')) == google.protobuf.Duration", 1, Infinity], ["duration('1h') < duration('2h')", 1, 3], ["texts.filter(x, x == 'a').size() == 1", 21, 89], ['texts.map(x, 1).size() == 2', 8, 74],
  ["texts.exists_one(x, x == 'a')", 9, 23], ["(text == 'x' ? text : texts[0]) == 'a'", 4, 5], ["texts.map(x, x)[0] == 'a'", 31, 79], ["{text: 'b'}[text] == 'b'", 34], ["texts[texts.size() - 1] == 'bc'", 6], ["{'a': 1}[texts[0]] == 1", 4, 34],
  ["texts[?5].orValue('z') == 'z'", 2, 4], ['optional.of(1).or(optional.of(2)).hasValue()', 2, 4], ["has({'a': text}.a)", 32, 31],
  ["text.lowerAscii() == 'x'", 3, 4], ["texts.join(',') == ''", 2, 8], ["texts.join(text) == ''", 4, 13], ["text.replace('', 'xy').size() > 0", 5, 6], ["text.split('').all(x, x == 'a')", 16, 65], ["text.split('', 2).all(x, x == 'a')", 14, 15],
];

describe('what an expression costs, and what it may cost', () => {
  for (const [source, cost, estimate = cost] of COSTS) {
    test(source, () => {
      const program = compile(source, { variables });
      const { cost: spent } = program.evaluate({ authorizer, text: 'abcdef', texts: ['a', 'bc'] });
      const estimated = estimateCost(program.expr, program.checked, maxSize);
      assert.deepEqual({ spent, estimated: estimated > UNKNOWN ? Infinity : estimated }, { spent: cost, estimated: estimate });
    });
  }
});
