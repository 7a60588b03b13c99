import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeepReadonly, KubeObject } from '../apimachinery/meta.ts';
import type { Change, Informer } from './informer.ts';
import { PartitionedInformer } from './partitioned-informer.ts';

interface Bound extends KubeObject {
  readonly spec: { readonly nodeName?: string };
}

const pod = (name: string, nodeName?: string): DeepReadonly<Bound> => ({ metadata: { name, namespace: 'a', uid: name, resourceVersion: '1', creationTimestamp: '' }, spec: { ...(nodeName && { nodeName }) } }) as DeepReadonly<Bound>;

test('each part is told of its own objects, those that were there before it was asked for too', () => {
  let change: (change: Change<Bound>) => void = () => undefined;
  const informer = { onChange: (handler: typeof change) => ((change = handler), { [Symbol.dispose]: () => undefined }) } as unknown as Informer<Bound>;
  using parts = new PartitionedInformer(informer, ({ spec }) => spec.nodeName);
  change({ key: 'a/early', before: undefined, after: pod('early', 'one') });
  const seen: string[] = [];
  const follow = (part: string): Disposable => parts.of(part).onChange(({ key, before, after }) => void seen.push(`${part}: ${key} ${before ? 'was' : 'is new'}${after ? '' : ', is gone'}`));
  using _one = follow('one');
  using _two = follow('two');
  change({ key: 'a/free', before: undefined, after: pod('free') });
  change({ key: 'a/free', before: pod('free'), after: pod('free', 'two') });
  change({ key: 'a/free', before: pod('free', 'two'), after: pod('free', 'two') });
  change({ key: 'a/free', before: pod('free', 'two'), after: undefined });
  change({ key: 'a/early', before: pod('early', 'one'), after: pod('early', 'two') });
  assert.deepEqual(seen, ['one: a/early is new', 'two: a/free is new', 'two: a/free was', 'two: a/free was, is gone', 'one: a/early was, is gone', 'two: a/early is new']);
  assert.deepEqual([parts.of('one').lister.size, parts.of('two').lister.size], [0, 1]);
});
