import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { flagsPage } from '../../src/cli/server-flags/page.ts';

test('docs/flags.md tells the flags that there are', () => {
  assert.ok(readFileSync(new URL('../../docs/flags.md', import.meta.url), 'utf8') === flagsPage(), 'run: node scripts/flags-page.ts');
});
