import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

const module = new URL('late-compiler.ts', import.meta.url).href;

/** In a process of its own: flags of V8 are for all of a process. */
function run(script: string): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', `
    import { setFlagsFromString } from 'node:v8';
    import { compileLate, compileOnceBusy } from '${module}';
    setFlagsFromString('--allow-natives-syntax');
    const [MAGLEVVED, TURBOFANNED] = [1 << 4, 1 << 5]; // Source: V8's runtime.h, OptimizationStatus
    const statusOf = (0, eval)('(f) => %GetOptimizationStatus(f)');
    const is = (bit) => (statusOf(hot) & bit) !== 0;
    const hot = (n) => { let sum = 0; for (let i = 0; i < n; i++) sum = (sum * 31 + i) | 0; return sum; };
    // Of many functions that are called at one place none is made part of its caller, where its own code would not run.
    const many = [hot, (n) => n, (n) => n + 1, (n) => n + 2, (n) => n + 3, (n) => n + 4];
    // Until a condition holds: compilers work in threads of their own.
    const work = async (isDone) => { while (!isDone()) { for (let i = 0; i < 500; i++) for (const one of many) one(100); await new Promise((resolve) => setImmediate(resolve)); } };
    ${script}
  `], { encoding: 'utf8', timeout: 60_000 });
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

test('the second optimizing compiler waits until the process is busy for seconds', () => {
  const said = run(`
    compileLate();
    await work(() => is(MAGLEVVED));
    let turns = 0;
    await work(() => turns++ > 200);
    const early = is(TURBOFANNED);
    const cpuMs = [0, 3900, 7800, 12000];
    await compileOnceBusy({ sleep: () => Promise.resolve() }, new AbortController().signal, () => cpuMs.shift());
    await work(() => is(TURBOFANNED));
    console.log(early, is(TURBOFANNED), cpuMs.length);
  `);
  assert.equal(said, 'false true 0');
});

test('a process that is not busy goes on without it until it ends', () => {
  const said = run(`
    compileLate();
    const controller = new AbortController();
    let checks = 0;
    await compileOnceBusy({ sleep: async () => { if (++checks === 5) controller.abort(); } }, controller.signal);
    console.log(checks);
  `);
  assert.equal(said, '5');
});
