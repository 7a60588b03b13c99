import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addressText, readAddress, readPrefix } from './network-address.ts';

describe('what is wrong with an address', () => {
  for (const [text, message] of [
    ['', 'unable to parse IP'], ['localhost', 'unable to parse IP'], ['%lo', 'missing IPv6 address'],
    ['10.1.2', 'IPv4 address too short'], ['10.1.2.3.4', 'IPv4 address too long'], ['10.1.2.300', 'IPv4 field has value >255'], ['10.01.2.3', 'IPv4 field has octet with leading zero'],
    ['10..2.3', 'IPv4 field must have at least one digit (at ".2.3")'], ['10.1.2.', 'IPv4 field must have at least one digit (at ".")'], ['10.1.2.x', 'unexpected character (at "x")'],
    ['fd00:1', 'address string too short'], ['fd00:::1', 'each colon-separated field must have at least one digit (at ":1")'], ['fd00::1::2', 'multiple :: in address (at ":2")'], ['fd00::12345', 'each group must have 4 or less digits (at "12345")'],
    ['fd00:1:', 'colon must be followed by more characters (at ":")'], ['fd00::g', 'each colon-separated field must have at least one digit (at "g")'], ['fd00::1-', 'unexpected character, want colon (at "-")'], ['1:2:3:4:5:6:7:8:9', 'trailing garbage after address (at "9")'],
    ['1:2:3:4::5:6:7:8', 'the :: must expand to at least one field of zeros'], ['fd00:1.2.3.4', 'embedded IPv4 address must replace the final 2 fields of the address (at "1.2.3.4")'],
    ['::1:2:3:4:5:6:7:1.2.3.4', 'too many hex fields to fit an embedded IPv4 at the end of the address (at "1.2.3.4")'], ['::1.2.3', 'IPv4 address too short'], ['fd00::1%', 'zone must be a non-empty string'],
  ] as const) test(text || 'an empty text', () => assert.equal(readAddress(text), `ParseAddr("${text}"): ${message}`));
});

describe('what is wrong with a prefix', () => {
  for (const [text, message] of [
    ['10.0.0.0', "no '/'"], ['10.0.0/8', 'ParseAddr("10.0.0"): IPv4 address too short'], ['10.0.0.0/', 'bad bits after slash: ""'], ['10.0.0.0/08', 'bad bits after slash: "08"'], ['10.0.0.0/99999999999999999999', 'bad bits after slash: "99999999999999999999"'],
    ['10.0.0.0/33', 'prefix length out of range'], ['fd00::%lo/8', 'IPv6 zones cannot be present in a prefix'],
  ] as const) test(text, () => assert.equal(readPrefix(text), `netip.ParsePrefix("${text}"): ${message}`));
});

describe('the canonical text of an address', () => {
  for (const [text, canonical] of [
    ['10.0.0.1', '10.0.0.1'], ['FD00:0:0:1:0:0:0:2', 'fd00:0:0:1::2'], ['1:0:0:2:3:0:0:4', '1::2:3:0:0:4'], ['0:0:0:0:0:0:0:0', '::'], ['1:0:2:0:3:0:4:0', '1:0:2:0:3:0:4:0'], ['10:0:0:1::', '10:0:0:1::'], ['::1.2.3.4', '::102:304'], ['0:0:1::', '0:0:1::'], ['1::0:0', '1::'],
  ] as const) {
    test(text, () => {
      const address = readAddress(text);
      assert.ok(typeof address === 'object');
      assert.equal(addressText(address.family, address.bits), canonical);
    });
  }
});
