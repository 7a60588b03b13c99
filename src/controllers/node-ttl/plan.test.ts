import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secondsOf, ttlStep } from './plan.ts';

for (const { name, from, nodes, seconds } of [
  { name: 'a small cluster reads at once', from: 0, nodes: 100, seconds: 0 },
  { name: 'a larger one waits', from: 0, nodes: 101, seconds: 15 },
  { name: 'one that shrinks a little stays where it is', from: 1, nodes: 95, seconds: 15 },
  { name: 'one that shrinks more goes back', from: 1, nodes: 89, seconds: 0 },
  { name: 'a huge one waits for minutes', from: 0, nodes: 5000, seconds: 300 },
]) test(name, () => assert.equal(secondsOf(ttlStep(from, nodes)), seconds));
