import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configMaps, secrets } from '../api/refs.ts';
import { SystemClock } from '../base/clock.ts';
import { AbortError } from '../base/lifecycle.ts';
import { silentLogger } from '../base/logger.ts';
import { SystemRandom } from '../base/random.ts';
import { Client } from './client.ts';
import { InformerFactory } from './informer-factory.ts';
import type { Transport } from './transport.ts';

/** Answers no request before it is given up. */
const silent: Transport = {
  send: ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
  watch: ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
  [Symbol.asyncDispose]: async () => undefined,
};

test('whoever waits for a cache when the process ends, or asks for one then, hears that it never fills', async () => {
  const clock = new SystemClock();
  const informers = new InformerFactory({ client: new Client({ transport: silent, clock }), clock, random: new SystemRandom(), logger: silentLogger });
  const stop = new AbortController();
  await informers.start(stop.signal);
  const waiting = informers.informer(configMaps).synced();
  stop.abort(new AbortError('stopped'));
  await assert.rejects(waiting, AbortError);
  await assert.rejects(informers.informer(secrets).synced(), AbortError);
  await informers.done;
});
