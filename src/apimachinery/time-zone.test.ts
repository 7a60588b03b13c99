import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTimeZone } from './time-zone.ts';

for (const name of ['UTC', 'America/New_York', 'America/Argentina/Buenos_Aires', 'US/Pacific', 'Asia/Calcutta', 'Etc/GMT+5']) test(`${name} is a zone`, () => assert.equal(isTimeZone(name), true));
for (const name of ['utc', 'America/new_york', 'america/New_York', '+01:00', 'Mars/Base', 'America//New_York', '/UTC', '']) test(`"${name}" is none`, () => assert.equal(isTimeZone(name), false));
