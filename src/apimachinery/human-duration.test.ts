import assert from 'node:assert/strict';
import { test } from 'node:test';
import { humanDuration } from './human-duration.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;

for (const { ms, text } of [
  { ms: -5 * SECOND, text: '<invalid>' },
  { ms: -SECOND, text: '0s' },
  { ms: 119 * SECOND, text: '119s' },
  { ms: 120 * SECOND, text: '2m' },
  { ms: 330 * SECOND, text: '5m30s' },
  { ms: 11 * 60 * SECOND + SECOND, text: '11m' },
  { ms: 3 * HOUR + 60 * SECOND, text: '3h1m' },
  { ms: 47 * HOUR, text: '47h' },
  { ms: 3 * DAY + 4 * HOUR, text: '3d4h' },
  { ms: 400 * DAY, text: '400d' },
  { ms: 2 * 365 * DAY + 12 * DAY, text: '2y12d' },
  { ms: 9 * 365 * DAY, text: '9y' },
]) test(`${ms} ms reads ${text}`, () => assert.equal(humanDuration(ms), text));
