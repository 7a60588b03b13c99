import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sourcesUnder } from './sources.ts';

const DIRECT: readonly { readonly pattern: RegExp; readonly cure: string }[] = [
  { pattern: /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bprocess\.hrtime\b/, cure: 'take a Clock through the constructor and ask it' },
  { pattern: /\b(?:setTimeout|setInterval)\(|node:timers/, cure: 'use clock.sleep or clock.after' },
  { pattern: /\bMath\.random\(|\brandomUUID\(|\brandomBytes\(|\brandomInt\(/, cure: 'take a Random through the constructor and ask it (keys of TLS and tokens: src/pki)' },
];

test('nothing outside src/base reads the clock, sets a timer or draws a random number by itself', () => {
  const wrong: string[] = [];
  for (const { path, text } of sourcesUnder('src')) {
    if (path.startsWith('src/base/') || path.startsWith('src/pki/') || path.endsWith('.test.ts')) continue;
    text.split('\n').forEach((line, index) => {
      if (/^\s*(\/\/|\*|\/\*)/.test(line)) return;
      for (const { pattern, cure } of DIRECT) if (pattern.test(line)) wrong.push(`${path}:${index + 1} ${line.trim()}: ${cure}`);
    });
  }
  assert.deepEqual(wrong, []);
});
