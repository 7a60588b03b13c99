import { request } from 'node:https';
import type { Clock } from '../../../base/clock.ts';

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 1 << 20;

interface FetchOptions {
  /** PEM; undefined: the authorities that Node trusts. */
  readonly ca: string | undefined;
  readonly clock: Clock;
  readonly bearer?: string | undefined;
}

/** Gets a JSON document over HTTPS. Rejects with an Error that names the address for any other answer. */
export async function fetchJson(url: string, options: FetchOptions): Promise<unknown> {
  const text = await fetchText(url, options);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${url}: answered no JSON`, { cause: error });
  }
}

/** Gets a text over HTTPS. Rejects with an Error that names the address when there is none. */
export async function fetchText(url: string, { ca, clock, bearer }: FetchOptions): Promise<string> {
  if (!URL.canParse(url) || new URL(url).protocol !== 'https:') throw new Error(`${url}: is no address of https`);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const fail = (why: string, cause?: unknown): void => reject(new Error(`${url}: ${why}`, { cause }));
  const outgoing = request(url, { agent: false, headers: { accept: 'application/json', ...(bearer && { authorization: `Bearer ${bearer}` }) }, ...(ca !== undefined && { ca }) }, (response) => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > MAX_BYTES) outgoing.destroy(new Error('the answer is too large'));
    });
    response.on('end', () => (response.statusCode === 200 ? resolve(text) : fail(`answered ${response.statusCode}`)));
  });
  const timer = clock.after(TIMEOUT_MS, () => outgoing.destroy(new Error('no answer in time')));
  outgoing.on('error', (error) => fail(error.message, error));
  outgoing.on('close', () => timer[Symbol.dispose]());
  outgoing.end();
  return promise;
}
