import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

const module = new URL('memory-saver.ts', import.meta.url).href;

test('compiles little until it is busy', () => {
  // In a process of its own: flags of V8 are for all of a process. Its clock lets no time pass, only work.
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', `
    import { setFlagsFromString } from 'node:v8';
    import { compileLittle, saveMemory } from '${module}';
    setFlagsFromString('--allow-natives-syntax');
    const OPTIMIZED = 1 << 3; // Source: V8's runtime.h, OptimizationStatus
    const isOptimized = (0, eval)('(f) => (%GetOptimizationStatus(f) & ' + OPTIMIZED + ') !== 0');
    const hot = (n) => { let sum = 0; for (let i = 0; i < n; i++) sum = (sum * 31 + i) | 0; return sum; };
    // Until a condition holds: compilers work in threads of their own.
    const work = async (isDone) => { while (!isDone()) { hot(100000); await new Promise((resolve) => setImmediate(resolve)); } };
    const workFor = (cpuMs) => { const before = process.cpuUsage(); return work(() => { const { user, system } = process.cpuUsage(before); return (user + system) / 1000 > cpuMs; }); };
    compileLittle();
    await workFor(100);
    const early = isOptimized(hot);
    const controller = new AbortController();
    const aborted = new Promise((resolve) => controller.signal.addEventListener('abort', resolve));
    let checks = 0;
    const saving = saveMemory({ sleep: () => (checks++ === 0 ? workFor(2100) : aborted) }, controller.signal);
    await work(() => isOptimized(hot));
    console.log(early, isOptimized(hot));
    controller.abort();
    await saving;
  `], { encoding: 'utf8', timeout: 600_000 });
  assert.equal(status, 0, stderr);
  assert.equal(stdout.trim(), 'false true');
});
