/** Runs one suite of the tests: `node scripts/test.ts unit|integration|simulation|e2e [path part ...]`. Exit code: that of the test runner. */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SUITES: Record<string, { globs: string[]; concurrency: number }> = {
  unit: { globs: ['src/**/*.test.ts', 'test/house/*.test.ts'], concurrency: 2 },
  integration: { globs: ['test/integration/**/*.test.ts'], concurrency: 2 },
  simulation: { globs: ['test/simulation/**/*.test.ts'], concurrency: 2 },
  e2e: { globs: ['test/e2e/**/*.test.ts'], concurrency: 1 },
};

const root = fileURLToPath(new URL('..', import.meta.url));
const leakCheck = new URL('../test/setup/leaks.ts', import.meta.url).href;
const [name = 'unit', ...parts] = process.argv.slice(2);
const suite = SUITES[name];
if (!suite) {
  console.error(`no suite ${name}; there are: ${Object.keys(SUITES).join(', ')}`);
  process.exit(2);
}
const files = suite.globs.flatMap((glob) => globSync(glob, { cwd: root })).filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)));
if (files.length === 0) {
  console.error(`no test of suite ${name} matches ${parts.join(' ')}`);
  process.exit(1);
}
const result = spawnSync(process.execPath, ['--test', `--test-concurrency=${suite.concurrency}`, '--import', leakCheck, ...files.sort()], { cwd: root, stdio: 'inherit' });
process.exit(result.status ?? 1);
