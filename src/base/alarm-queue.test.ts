import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Alarm, AlarmQueue } from './alarm-queue.ts';
import { SeededRandom } from './random.ts';

const ring = (): void => undefined;

function order(queue: AlarmQueue): [number, number][] {
  const taken: [number, number][] = [];
  for (let alarm = queue.take(); alarm; alarm = queue.take()) taken.push([alarm.at, alarm.order]);
  return taken;
}

test('alarms come by time, then in the order of their setting, without those that were turned off', () => {
  const random = new SeededRandom(11);
  const queue = new AlarmQueue();
  const alarms: Alarm[] = Array.from({ length: 5000 }, (_, index) => ({ at: random.below(100), order: index, ring, isOff: false }));
  for (const alarm of alarms) queue.add(alarm);
  const off = new Set(alarms.filter(() => random.below(3) > 0));
  for (const alarm of off) {
    queue.turnOff(alarm);
    queue.turnOff(alarm);
  }
  assert.equal(queue.size, alarms.length - off.size);
  const wanted = alarms.filter((alarm) => !off.has(alarm)).sort((one, other) => one.at - other.at || one.order - other.order);
  assert.deepEqual(order(queue), wanted.map(({ at, order: set }) => [at, set]));
  assert.equal(queue.size, 0);
});
