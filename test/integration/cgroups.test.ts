import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { SystemClock } from '../../src/base/clock.ts';
import { createCgroup, readHierarchies, removeCgroup } from '../../src/cluster/local/cgroups.ts';
import { detectMachine } from '../../src/cluster/local/detect.ts';
import { unless } from '../support/needs.ts';

const ROUNDS = 30;

test('cgroups are made while others beside them go, and take their empty parent with them', { skip: unless((await detectMachine()).root, 'this needs root') }, async (t) => {
  const hierarchies = await readHierarchies();
  const parent = `/kubets-test-${process.pid}`;
  const clock = new SystemClock();
  const there = (path: string): boolean => hierarchies.every(({ mountPoint }) => existsSync(join(mountPoint, path)));
  await Promise.all(['a', 'b', 'c'].map(async (name) => {
    for (let round = 0; round < ROUNDS; round++) {
      await createCgroup(`${parent}/${name}`, hierarchies);
      assert.ok(there(`${parent}/${name}`));
      await removeCgroup(`${parent}/${name}`, hierarchies, clock, t.signal);
    }
  }));
  assert.deepEqual(hierarchies.filter(({ mountPoint }) => existsSync(join(mountPoint, parent))), []);
});
