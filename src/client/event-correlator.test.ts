import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '../api/generated/core-v1.ts';
import { EventCorrelator, type Correlated } from './event-correlator.ts';

const about = { kind: 'Pod', namespace: 'default', name: 'web', uid: '1', apiVersion: 'v1' };
const written = (count: number): Event => ({ metadata: { name: 'web.1', namespace: 'default' }, count }) as Event;

function say(correlator: EventCorrelator, reason: string, message: string, nowMs: number): Correlated | undefined {
  return correlator.correlate({ about, type: 'Warning', reason, message }, nowMs);
}

test('the same said again raises the count of the event that said it first', () => {
  const correlator = new EventCorrelator();
  const first = say(correlator, 'Unhealthy', 'no answer', 0);
  assert.equal(first?.action, 'create');
  correlator.remember(first.key, written(1));
  assert.deepEqual(say(correlator, 'Unhealthy', 'no answer', 1000), { ...first, action: 'patch', previous: written(1) });
});

test('the tenth message of one kind stands for those that follow', () => {
  const correlator = new EventCorrelator();
  const messages = Array.from({ length: 12 }, (_, index) => say(correlator, 'Unhealthy', `status ${index}`, 0)?.message);
  assert.deepEqual(messages.slice(8), ['status 8', '(combined from similar events): status 9', '(combined from similar events): status 10', '(combined from similar events): status 11']);
});

test('of one object and reason there are 25 and then one in five minutes, whatever else is said of the object', () => {
  const correlator = new EventCorrelator();
  const said = Array.from({ length: 30 }, (_, second) => say(correlator, 'Unhealthy', 'no answer', second * 1000) !== undefined);
  assert.deepEqual(said, [...Array<boolean>(25).fill(true), ...Array<boolean>(5).fill(false)]);
  assert.notEqual(say(correlator, 'Evicted', 'The node was low on resource: memory. ', 30_000), undefined);
  assert.equal(say(correlator, 'Unhealthy', 'no answer', 290_000), undefined);
  assert.notEqual(say(correlator, 'Unhealthy', 'no answer', 300_000), undefined);
});
