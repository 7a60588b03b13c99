import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CustomResourceDefinition } from '../../api/generated/apiextensions-v1.ts';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { SeededRandom } from '../../base/random.ts';
import { conversionOf } from './conversion-webhook.ts';

interface Review {
  readonly apiVersion: string;
  readonly request: { readonly uid: string; readonly desiredAPIVersion: string; readonly objects: readonly KubeObject[] };
}
type Answer = (review: Review) => unknown;

const cup = { apiVersion: 'a.example.com/v1', kind: 'Cup', metadata: { name: 'cup', namespace: 'ns', uid: 'u-1', generation: 3, labels: { 'odd/label/key': 'x', size: 's' }, annotations: { note: 'old' } } } as unknown as KubeObject;
const asV2 = (changes: object = {}): object => ({ ...cup, apiVersion: 'a.example.com/v2', ...changes });
const withMetadata = (changes: object): object => asV2({ metadata: { ...cup.metadata, ...changes } });
const giving = (...convertedObjects: unknown[]): Answer => ({ apiVersion, request: { uid } }) => ({ apiVersion, kind: 'ConversionReview', response: { uid, result: { status: 'Success' }, convertedObjects } });
const responding = (response: object): Answer => ({ apiVersion, request: { uid } }) => ({ apiVersion, kind: 'ConversionReview', response: { uid, ...response } });

async function convert(answer: Answer, versions: readonly string[] = ['v1']): Promise<KubeObject> {
  const definition = { spec: { conversion: { strategy: 'Webhook', webhook: { conversionReviewVersions: versions, clientConfig: { url: 'https://localhost' } } } } } as unknown as CustomResourceDefinition;
  const convertAll = conversionOf(definition, { client: { post: async (_address, body) => answer(body as Review) }, random: new SeededRandom(1), signal: new AbortController().signal });
  const [converted] = (await convertAll?.([cup], 'a.example.com/v2')) ?? [];
  return converted as KubeObject;
}

describe('what a converter may not do', () => {
  const cases: readonly [name: string, answer: Answer, why: string][] = [
    ['answer with another review', () => ({ apiVersion: 'apiextensions.k8s.io/v1beta1', kind: 'ConversionReview' }), 'failed: expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got apiextensions.k8s.io/v1beta1, Kind=ConversionReview'],
    ['answer with no review', () => ({}), 'failed: expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got /, Kind='],
    ['leave its response out', ({ apiVersion }) => ({ apiVersion, kind: 'ConversionReview' }), 'failed: no response provided'],
    ['answer a review that nobody sent', responding({ uid: 'other', result: { status: 'Success' } }), 'failed: expected response.uid="%", got "other"'],
    ['fail', responding({ result: { status: 'Failure', message: 'returned too late' } }), 'failed: returned too late'],
    ['fail silently', responding({ result: {} }), "failed: response.result.status was '', not 'Success'"],
    ['lose objects', giving(), 'returned 0 objects, expected 1'],
    ['give another version', giving(cup), 'returned invalid object at index 0: invalid groupVersion (expected a.example.com/v2, received a.example.com/v1)'],
    ['give another kind', giving(asV2({ kind: 'Mug' })), 'returned invalid object at index 0: invalid kind (expected Cup, received Mug)'],
    ['rename', giving(withMetadata({ name: 'mug' })), 'returned invalid object: must have the same name: cup != mug'],
    ['move to another namespace', giving(withMetadata({ namespace: 'other' })), 'returned invalid object: must have the same namespace: ns != other'],
    ['take the UID away', giving(withMetadata({ uid: null })), 'returned invalid object: must have the same UID: u-1 != '],
    ['drop all metadata', giving(asV2({ metadata: [] })), 'returned invalid object: must have the same name: cup != '],
    ['make a list of the labels', giving(withMetadata({ labels: ['a'] })), 'returned invalid metadata: invalid metadata.labels of type []interface {} in converted object'],
    ['number the annotations', giving(withMetadata({ annotations: { n: 1 } })), 'returned invalid metadata: metadata.annotations[n] must be a string, but is int64 in converted object'],
    ['empty labels', giving(withMetadata({ labels: { n: null } })), 'returned invalid metadata: metadata.labels[n] must be a string, but is <nil> in converted object'],
    ['add labels that nobody may have', giving(withMetadata({ labels: { size: 'not one word' } })), `returned invalid metadata: metadata.labels: Invalid value: "not one word": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`],
    ['annotate at too great a length', giving(withMetadata({ annotations: { note: 'x'.repeat(262_145) } })), 'returned invalid metadata: metadata.annotation: Too long: may not be more than 262144 bytes'],
  ];
  for (const [name, answer, why] of cases) {
    test(name, () => {
      let uid = '';
      const asked = convert((review) => answer((uid = review.request.uid, review)));
      return assert.rejects(asked, (error: Error) => (assert.equal(error.message.replace(uid, '%'), `conversion webhook for a.example.com/v1, Kind=Cup ${why}`), true));
    });
  }
});

describe('what a converter may do', () => {
  test('of metadata it decides about labels and annotations only', async () => {
    const { metadata } = await convert(giving(withMetadata({ labels: { size: 'l' }, annotations: null, generation: 42, finalizers: ['a/b'], odd: true })));
    assert.deepEqual(metadata, { name: 'cup', namespace: 'ns', uid: 'u-1', generation: 3, labels: { size: 'l' } });
  });

  test('labels that it leaves alone may be those that nobody may have', async () => assert.deepEqual((await convert(giving(asV2()))).metadata, cup.metadata));

  test('of v1beta1 it need not say which review it answers', async () => {
    const answer: Answer = ({ apiVersion }) => ({ apiVersion: apiVersion === 'apiextensions.k8s.io/v1beta1' ? 'any' : '', response: { result: { status: 'Success' }, convertedObjects: [asV2({ spec: { a: 1 } })] } });
    assert.deepEqual(await convert(answer, ['v9', 'v1beta1', 'v1']), asV2({ spec: { a: 1 } }));
  });
});
