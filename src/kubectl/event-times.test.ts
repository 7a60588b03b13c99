import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventAge } from './event-times.ts';

const now = Date.parse('2026-01-01T01:00:00Z');
const [hourAgo, minutesAgo, secondsAgo] = ['2026-01-01T00:00:00Z', '2026-01-01T00:55:00Z', '2026-01-01T00:59:50Z'];

for (const { name, event, expected } of [
  { name: 'that happened once', event: { firstTimestamp: minutesAgo, lastTimestamp: minutesAgo, count: 1 }, expected: '5m' },
  { name: 'that happened again', event: { firstTimestamp: minutesAgo, lastTimestamp: secondsAgo, count: 3 }, expected: '10s (x3 over 5m)' },
  { name: 'in a series', event: { eventTime: hourAgo, series: { count: 7, lastObservedTime: secondsAgo } }, expected: '10s (x7 over 60m)' },
  { name: 'with the times of both versions, of which the newer goes before', event: { eventTime: hourAgo, firstTimestamp: minutesAgo, lastTimestamp: secondsAgo, count: 2 }, expected: '10s (x2 over 60m)' },
]) {
  test(`tells the age of an event ${name}`, () => assert.equal(eventAge({ metadata: {}, ...event }, now), expected));
}
