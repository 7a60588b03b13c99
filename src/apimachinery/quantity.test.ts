import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addQuantities, canonicalAmount, canonicalQuantity, compareQuantities, formatQuantity, milliValue, parseQuantity, QuantityError, subtractQuantities, wholeValue } from './quantity.ts';

for (const [text, canonical] of [
  ['0', '0'], ['0Ki', '0'], ['100m', '100m'], ['0.1', '100m'], ['1000m', '1'], ['1500m', '1500m'], ['1000', '1k'], ['1024', '1024'], ['1024Mi', '1Gi'],
  ['0.5Gi', '512Mi'], ['1.5Gi', '1536Mi'], ['1023', '1023'], ['512', '512'], ['1e3', '1e3'], ['1E6', '1E6'], ['10E5', '1e6'], ['1.1Gi', '1181116006400m'], ['1000.5Ki', '1024512'], ['1.500', '1.500'], ['0.500', '500m'], ['1.50', '1500m'], ['1025Mi', '1025Mi'], ['9Ei', '9223372036854775807'], ['12E', '12E'], ['1e100', '10e99'], ['Ki', '0'], ['12e6', '12e6'], ['1.2e6', '1200e3'], ['+5', '+5'], ['+5000', '5k'], ['-5m', '-5m'], ['.5', '500m'],
  ['5.', '5.'], ['.', '0'], ['0.0000000001', '1n'], ['100000000000000000000', '100E'], ['1Ei', '1Ei'], ['0.5Ki', '512'], ['10Ki', '10Ki'], ['2000000', '2M'], ['1e-3', '1e-3'],
] as const) test(`${text} reads ${canonical}`, () => assert.equal(canonicalQuantity(text), canonical));

test('amounts of resources are rounded up to thousandths', () => {
  assert.deepEqual(['100m', '0.0005', '-0.0005', '1.2345', '1.234567', '1.500', '1.1Gi', '0'].map(canonicalAmount), ['100m', '1m', '-1m', '1235m', '1235m', '1.500', '1181116006400m', '0']);
});

test('numbers of JSON are quantities too', () => {
  assert.equal(canonicalQuantity(2), '2');
  assert.equal(canonicalQuantity(0.25), '250m');
});

for (const [text, message] of [
  ['', /must match/], ['abc', /must match/], ['1.2.3', /must match/], ['1Mi2', /suffix/], ['1KiB', /must match/], ['.e-12', /numeric/], ['1mm', /suffix/], ['1 Gi', /must match/],
] as const) test(`refuses ${JSON.stringify(text)}`, () => assert.throws(() => parseQuantity(text), (error: unknown) => error instanceof QuantityError && message.test(error.message)));

test('adds, subtracts, compares and rounds up', () => {
  assert.equal(formatQuantity(addQuantities(parseQuantity('1Gi'), parseQuantity('512Mi'))), '1536Mi');
  assert.equal(formatQuantity(subtractQuantities(parseQuantity('1'), parseQuantity('100m'))), '900m');
  assert.ok(compareQuantities(parseQuantity('1Gi'), parseQuantity('1G')) > 0);
  assert.equal(wholeValue(parseQuantity('1500m')), 2);
  assert.equal(milliValue(parseQuantity('0.0005')), 1);
  assert.equal(wholeValue(parseQuantity('-1500m')), -2);
});
