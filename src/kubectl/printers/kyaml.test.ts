import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kyamlText } from './kyaml.ts';

for (const { name, value, text } of [
  { name: 'an empty map', value: {}, text: '{}' },
  { name: 'maps in a list share the lines of its brackets', value: { a: [{ b: 1 }, { c: true }] }, text: '{\n  a: [{\n    b: 1,\n  }, {\n    c: true,\n  }],\n}' },
  { name: 'plain values have lines of their own', value: { a: ['x', null, 1.5] }, text: '{\n  a: [\n    "x",\n    null,\n    1.5,\n  ],\n}' },
  { name: 'lists in lists', value: { a: [[1], []] }, text: '{\n  a: [[\n    1,\n  ], []],\n}' },
  { name: 'mixed lists', value: { a: [[], {}] }, text: '{\n  a: [\n    [],\n    {},\n  ],\n}' },
  { name: 'text of several lines', value: { a: 'one\n two\n' }, text: '{\n  a: "\\\n     one\\n\\\n    \\ two\\n\\\n    ",\n}' },
  { name: 'a last line without its end', value: { a: 'one\ntwo' }, text: '{\n  a: "\\\n     one\\n\\\n     two\\\n    ",\n}' },
  { name: 'keys that YAML may take for something else', value: { no: 1, y: 1, '1.5': 1, '0x1': 1, '2020-01-01': 1, '': 1, 'a b': 1, '-x': 1, 'a.': 1 }, text: '{\n  "no": 1,\n  "y": 1,\n  "1.5": 1,\n  "0x1": 1,\n  "2020-01-01": 1,\n  "": 1,\n  "a b": 1,\n  "-x": 1,\n  "a.": 1,\n}' },
  { name: 'keys that are plain', value: { 'a.b/c-d': 1, '1a': 1, _x: 1, 'é': 1 }, text: '{\n  a.b/c-d: 1,\n  1a: 1,\n  _x: 1,\n  é: 1,\n}' },
  { name: 'escapes', value: 'a"b\\c\u2028\u00a0\ufeff\u0001', text: '"a\\"b\\\\c\\L\\_\\ufeff\\x01"' },
]) test(name, () => assert.equal(kyamlText(value), `---\n${text}\n`));
