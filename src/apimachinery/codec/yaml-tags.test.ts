import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDocument } from 'yaml';
import { goYamlTags } from './yaml-tags.ts';

for (const [text, expected] of [
  ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'], ['2026-01-01', '2026-01-01'], ['22:22', '22:22'], ['1:20.5', '1:20.5'], ['2001:db8::1', '2001:db8::1'], ['e0', 'e0'], ['.e3', '.e3'], ['.', '.'], ['._', '._'], ['_1', '_1'], ['1e', '1e'], ['0x', '0x'],
  ['1e3', 1000], ['12e03', 12_000], ['1e+3', 1000], ['-.5e3', -500], ['.5', 0.5], ['+.5', 0.5], ['1.', 1], ['1_0.5', 10.5], ['1__0', 10], ['+1', 1], ['08', 8], ['017', 15], ['0o17', 15], ['-0o17', -15], ['0x1F', 31], ['0b11', 3], ['y', true], ['n', false], ['~', null],
] as const) {
  test(`${text} is ${JSON.stringify(expected)}, as Go reads it`, () => {
    assert.equal(parseDocument(`a: ${text}`, { version: '1.1', customTags: goYamlTags, logLevel: 'silent' }).toJS().a, expected);
  });
}
