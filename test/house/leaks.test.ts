import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MARK } from '../setup/marked-processes.ts';

const LEAK_CHECK = new URL('../setup/leaks.ts', import.meta.url).href;

function run(sample: string, graceMs: number): { status: number | null; output: string } {
  const { [MARK]: _, NODE_TEST_CONTEXT: __, ...env } = process.env;
  const file = fileURLToPath(new URL(`./samples/${sample}.ts`, import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--test', '--import', LEAK_CHECK, file], { env: { ...env, KUBETS_LEAK_GRACE_MS: String(graceMs) }, encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

test('a file that closes what it opened passes', () => {
  const { status, output } = run('tidy', 60_000);
  assert.equal(status, 0, output);
});

test('a file whose tests leave a timer, a server, processes and work behind fails, and says where each was made', () => {
  const { status, output } = run('leaky', 200);
  const left = [...output.matchAll(/^ {2}process (\d+): sleep/gm)].map(([, pid]) => Number(pid));
  for (const pid of left) process.kill(pid);
  assert.equal(status, 1, output);
  assert.match(output, /^ {2}TCPSERVERWRAP$/m);
  for (const type of ['Timeout', 'PROCESSWRAP', 'a task that has not settled']) {
    assert.match(output, new RegExp(`^ {2}${type}\\n(?:    at .*\\n)*? {4}at .*samples/leaky\\.ts:\\d+`, 'm'));
  }
  assert.equal(left.length, 2, output);
});
