import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { heapGrowthPercent } from './server-memory.ts';

/** In a process of its own: flags of V8 are for all of a process. */
function run(script: string): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8', timeout: 600_000 });
  assert.equal(status, 0, stderr);
  return stdout;
}

const module = new URL('server-memory.ts', import.meta.url).href;

test('gives back what a burst left behind once there is nothing to do', () => {
  // The clock of the test goes ahead at once: ten seconds in a few milliseconds. The process may be busy in some of them (V8's own threads on a machine with much else to do): then the next ones tell.
  const said = run(`
    import { keepServerSmall } from '${module}';
    const controller = new AbortController();
    const used = () => process.memoryUsage().heapUsed;
    let before = 0;
    const clock = { sleep: (ms, signal) => new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      if (ms < 10000) return;
      if (before - used() > 5e6) controller.abort();
      else setTimeout(resolve, 20);
    }) };
    const burst = () => { let held = []; for (let i = 0; i < 100000; i++) held.push({ i, text: 'x' + i, more: [i, i] }); return held.length; };
    burst();
    before = used();
    await keepServerSmall(clock, controller.signal);
    console.log('given back');
  `);
  assert.equal(said.trim(), 'given back');
});

test('does not let the young generation grow beyond what is of use', () => {
  const said = run(`
    import { getHeapSpaceStatistics } from 'node:v8';
    import { keepServerSmall } from '${module}';
    const controller = new AbortController();
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const never = (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
    const clock = { sleep: (ms, signal) => (ms < 10000 ? turn() : never(signal)) };
    const young = () => {
      const { space_used_size, space_available_size } = getHeapSpaceStatistics().find((space) => space.space_name === 'new_space');
      return space_used_size + space_available_size;
    };
    const kept = keepServerSmall(clock, controller.signal);
    const live = [];
    const work = () => {
      live.push(Array.from({ length: 2000 }, (_, i) => ({ i, a: { i }, b: [i] })));
      if (live.length > 100) live.shift();
    };
    const seen = [];
    for (let i = 0; i < 1500; i++, await turn()) {
      work();
      seen.push(young());
    }
    console.log(seen.sort((one, other) => one - other)[750] / 2 ** 20);
    controller.abort();
    await kept;
  `);
  // What is most often seen: for a moment, while a collection moves objects, it holds more. Without the bound a half is 32 MB.
  assert.ok(Number(said) < 16, `${said} MB`);
});

for (const { name, heapBytes, expected } of [
  { name: 'a small heap grows as V8 thinks best', heapBytes: 20 * 2 ** 20, expected: 0 },
  { name: 'one of middle size is not collected for a few megabytes', heapBytes: 40 * 2 ** 20, expected: 80 },
  { name: 'a large heap holds less garbage', heapBytes: 120 * 2 ** 20, expected: 30 },
]) test(name, () => assert.equal(heapGrowthPercent(heapBytes), expected));
