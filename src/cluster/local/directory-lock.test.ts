import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SystemClock } from '../../base/clock.ts';
import { unless } from '../../../test/support/needs.ts';
import { detectMachine } from './detect.ts';
import { withDirectoryLock } from './directory-lock.ts';

const facts = await detectMachine();
const skip = unless(facts.linux && facts.root, 'this needs Linux and root');

test('nodes are made side by side, and directories are removed while none is made', { skip }, async () => {
  const told: string[] = [];
  const both = Promise.withResolvers<void>();
  const shared = async (name: string): Promise<void> => withDirectoryLock('shared', async () => {
    told.push(`${name} begins`);
    if (told.length === 2) both.resolve();
    await both.promise; // none of them would go on if they had to wait for each other
    told.push(`${name} ends`);
  });
  await Promise.all([shared('one'), shared('two')]);
  assert.deepEqual(told.toSorted(), ['one begins', 'one ends', 'two begins', 'two ends']);

  const order: string[] = [];
  let waiting: Promise<unknown> | undefined;
  await withDirectoryLock('exclusive', async () => {
    waiting = withDirectoryLock('shared', async () => order.push('made'));
    await new SystemClock().sleep(300, new AbortController().signal); // long enough for the other to begin, if it could
    order.push('removed');
  });
  await waiting;
  assert.deepEqual(order, ['removed', 'made']);
});

test('work that fails gives the lock back', { skip }, async () => {
  await assert.rejects(withDirectoryLock('exclusive', () => Promise.reject(new Error('no'))), /^Error: no$/);
  assert.equal(await withDirectoryLock('exclusive', () => Promise.resolve(7)), 7);
});
