import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, Pod, Taint } from '../../../src/api/generated/core-v1.ts';
import { events, namespaces, nodes, pods } from '../../../src/api/refs.ts';
import type { Draft } from '../../../src/apimachinery/meta.ts';
import { startControllers } from './controllers-under-test.ts';

test('a pod is told that it is to go, and that it is not after all when the taint goes first', { timeout: 600_000 }, async () => {
  await using cluster = await startControllers(['taint-eviction-controller']);
  const { client, signal, until } = cluster;
  await client.resource(namespaces).create({ metadata: { name: 'shop' }, spec: {} }, { signal });
  await client.resource(nodes).create({ metadata: { name: 'a' }, spec: {} } as Draft<Node>, { signal });
  const taint = (taints: Taint[]): Promise<unknown> => client.resource(nodes).patch('a', { type: 'merge', patch: { spec: { taints } } }, { signal });
  const make = (name: string, tolerationSeconds: number): Promise<unknown> =>
    client.resource(pods, 'shop').create({ metadata: { name }, spec: { nodeName: 'a', containers: [{ name: 'c', image: 'one' }], tolerations: [{ key: 'k', operator: 'Exists', effect: 'NoExecute', tolerationSeconds }] } } as unknown as Draft<Pod>, { signal });
  const told = async (): Promise<string[]> => (await client.resource(events, 'shop').list({ signal })).items.filter(({ reason }) => reason === 'TaintManagerEviction').map(({ message = '' }) => message).sort();
  await make('patient', 3600);
  await make('hasty', 0);
  await taint([{ key: 'k', value: 'v', effect: 'NoExecute' }]);
  await until('one is to go', async () => (await told()).join() === 'Marking for deletion Pod shop/hasty');
  await taint([]);
  await until('the other stays', async () => (await told()).includes('Cancelling deletion of Pod shop/patient'));
  assert.equal((await client.resource(pods, 'shop').get('patient', { signal })).metadata.deletionTimestamp, undefined);
});
