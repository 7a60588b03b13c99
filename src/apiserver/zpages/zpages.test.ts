import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { requestInfo } from '../http/request-info.ts';
import { type ApiRequest, Query } from '../request.ts';
import { ZPages } from './zpages.ts';

const clock = new VirtualClock(Date.parse('2024-10-16T21:03:43Z'));
const pages = new ZPages({ clock, flags: { v: '2', 'bind-address': '127.0.0.1' }, paths: () => ['/healthz', '/healthz/ping', '/statusz'] });

function ask(path: string, accept?: string): string {
  const answer = pages.handle({ info: requestInfo('GET', path, () => undefined), method: 'GET', query: Query.parse(''), headers: accept === undefined ? {} : { accept } } as unknown as ApiRequest);
  return answer?.type === 'bytes' ? Buffer.from(answer.bytes).toString() : 'another answer';
}

test('the status is a text for people', async () => {
  await clock.advance(16_000);
  const lines = ask('/statusz', '*/*').split('\n');
  assert.equal(lines[0], 'kube-apiserver statusz');
  assert.deepEqual(lines.slice(2, 5), ['', 'Started: Wed Oct 16 21:03:43 UTC 2024', 'Up: 0 hr 00 min 16 sec']);
  assert.equal(lines.at(-2), 'Paths: /healthz /statusz');
});

test('flags are told in order', () => assert.match(ask('/flagz'), /\n\nbind-address=127\.0\.0\.1\nv=2\n$/));

test('who asks for an object gets one', () => {
  const flagz: unknown = JSON.parse(ask('/flagz', 'application/json;v=v1alpha1;g=config.k8s.io;as=Flagz'));
  assert.deepEqual(flagz, { kind: 'Flagz', apiVersion: 'config.k8s.io/v1alpha1', metadata: { name: 'kube-apiserver' }, flags: { v: '2', 'bind-address': '127.0.0.1' } });
});

test('who asks for something else is refused', () => assert.throws(() => ask('/statusz', 'application/json'), { message: /^only the following media types are accepted/ }));
