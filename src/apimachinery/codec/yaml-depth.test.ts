import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_YAML_DEPTH, tooDeepLine } from './yaml-depth.ts';

const tooMany = MAX_YAML_DEPTH + 1;
for (const { name, text, line } of [
  { name: 'lists within lists', text: `a: 1\nb: ${'['.repeat(tooMany)}`, line: 2 },
  { name: 'maps within maps', text: '{a: '.repeat(tooMany), line: 1 },
  { name: 'entries of lists on one line', text: `\n\n${'- '.repeat(tooMany)}`, line: 3 },
  { name: 'as deep as may be', text: `b: ${'['.repeat(MAX_YAML_DEPTH)}${']'.repeat(MAX_YAML_DEPTH)}`, line: undefined },
  { name: 'brackets in a text', text: `a: "${'['.repeat(tooMany)}"\nb: |\n  ${'{'.repeat(tooMany)}\n  ${'- '.repeat(tooMany)}\nc: 1`, line: undefined },
  { name: 'many lists side by side', text: 'a: [1]\n'.repeat(tooMany), line: undefined },
]) test(`what nests too deep is found: ${name}`, () => assert.equal(tooDeepLine(text), line));
