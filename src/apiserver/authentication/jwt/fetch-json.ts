import { request } from 'node:https';
import type { Clock } from '../../../base/clock.ts';

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 1 << 20;

/** Gets a JSON document over HTTPS. `ca`: PEM; undefined: the authorities that Node trusts. Throws Error naming the address for any other answer. */
export function fetchJson(url: string, options: { ca: string | undefined; clock: Clock }): Promise<unknown> {
  const { ca, clock } = options;
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const fail = (why: string, cause?: unknown): void => reject(new Error(`${url}: ${why}`, { cause }));
  const outgoing = request(url, { agent: false, headers: { accept: 'application/json' }, ...(ca !== undefined && { ca }) }, (response) => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > MAX_BYTES) outgoing.destroy(new Error('the answer is too large'));
    });
    response.on('end', () => {
      if (response.statusCode !== 200) return fail(`answered ${response.statusCode}`);
      try {
        resolve(JSON.parse(text));
      } catch (error) {
        fail('answered no JSON', error);
      }
    });
  });
  const timer = clock.after(TIMEOUT_MS, () => outgoing.destroy(new Error('no answer in time')));
  outgoing.on('error', (error) => fail(error.message, error));
  outgoing.on('close', () => timer[Symbol.dispose]());
  outgoing.end();
  return promise;
}
