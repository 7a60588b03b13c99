import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '../base/logger.ts';
import { SystemRandom } from '../base/random.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import { FileFollower } from './followed-files.ts';

test('takes a file once it has changed, goes on after a content that is refused, and leaves the others alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubets-followed-'));
  const [a, b] = [join(folder, 'a'), join(folder, 'b')];
  writeFileSync(a, '1');
  writeFileSync(b, '1');
  const taken: string[] = [];
  const clock = new VirtualClock();
  const take = (name: string) => () => {
    taken.push(name);
    if (taken.length === 2) throw new Error('not this one');
  };
  await using follower = new FileFollower([{ what: '--a', files: [a], take: take('a') }, { what: '--b', files: [b], take: take('b') }], { clock, random: new SystemRandom(), logger: silentLogger });
  await follower.start(new AbortController().signal);
  await clock.advance(60_000);
  assert.deepEqual(taken, []);
  for (const content of ['2', '3', '4']) {
    writeFileSync(a, content);
    await clock.advance(10_000);
  }
  assert.deepEqual(taken, ['a', 'a', 'a']);
  rmSync(b);
  await clock.advance(10_000);
  assert.deepEqual(taken, ['a', 'a', 'a', 'b']);
  rmSync(folder, { recursive: true });
});
