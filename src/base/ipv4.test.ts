import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressAt, formatAddress4, formatRange4, isAddress4, parseAddress4, parseRange4, rangeHolds, rangesOverlap } from './ipv4.ts';

for (const text of ['0.0.0.0', '10.96.0.10', '255.255.255.255']) test(`reads and writes ${text}`, () => assert.equal(formatAddress4(parseAddress4(text)), text));

for (const text of ['', '1.2.3', '1.2.3.4.5', '256.1.1.1', '01.2.3.4', 'a.b.c.d', '::1']) {
  test(`refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseAddress4(text), RangeError);
    assert.equal(isAddress4(text), false);
  });
}

for (const { text, expected } of [
  { text: '10.96.0.0/12', expected: '10.96.0.0/12' },
  { text: '10.244.1.7/24', expected: '10.244.1.0/24' },
  { text: '0.0.0.0/0', expected: '0.0.0.0/0' },
  { text: '192.168.255.255/32', expected: '192.168.255.255/32' },
]) test(`reads the range ${text}`, () => assert.equal(formatRange4(parseRange4(text)), expected));

for (const text of ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', 'x/8']) test(`refuses the range ${text}`, () => assert.throws(() => parseRange4(text), RangeError));

test('finds the addresses of a range', () => {
  const range = parseRange4('10.96.0.0/16');
  assert.equal(addressAt(range, 10), '10.96.0.10');
  assert.throws(() => addressAt(range, 65_536), RangeError);
  assert.equal(rangeHolds(range, parseAddress4('10.96.255.255')), true);
  assert.equal(rangeHolds(range, parseAddress4('10.97.0.0')), false);
});

test('knows whether ranges overlap', () => {
  assert.equal(rangesOverlap(parseRange4('10.0.0.0/8'), parseRange4('10.96.0.0/12')), true);
  assert.equal(rangesOverlap(parseRange4('10.96.0.0/16'), parseRange4('10.97.0.0/16')), false);
  assert.equal(rangesOverlap(parseRange4('0.0.0.0/0'), parseRange4('10.97.0.0/16')), true);
});
