import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isInScope } from './quota-scopes.ts';

const CLAIMS = { group: '', resource: 'persistentvolumeclaims' };
const claim = (wanted?: string, status?: object): never => ({ metadata: { name: 'c' }, spec: { ...(wanted !== undefined && { volumeAttributesClassName: wanted }) }, ...(status && { status }) }) as never;
const quota = (operator: string, ...values: string[]): never => ({ metadata: { name: 'q' }, spec: { scopeSelector: { matchExpressions: [{ scopeName: 'VolumeAttributesClass', operator, ...(values.length > 0 && { values }) }] } } }) as never;
const changing = { currentVolumeAttributesClassName: 'silver', modifyVolumeStatus: { targetVolumeAttributesClassName: 'bronze', status: 'InProgress' } };

for (const { name, scope, object, expected } of [
  { name: 'the class that it wants', scope: quota('In', 'gold', 'platinum'), object: claim('gold'), expected: true },
  { name: 'another class', scope: quota('In', 'gold'), object: claim('silver'), expected: false },
  { name: 'the class that it has', scope: quota('In', 'silver'), object: claim('gold', changing), expected: true },
  { name: 'the class that it changes to', scope: quota('In', 'bronze'), object: claim('gold', changing), expected: true },
  { name: 'no class where one is asked for', scope: quota('In', 'gold'), object: claim(), expected: false },
  { name: 'no class where some are not wanted', scope: quota('NotIn', 'gold'), object: claim(), expected: true },
  { name: 'any class', scope: quota('Exists'), object: claim('gold'), expected: true },
  { name: 'none of any', scope: quota('Exists'), object: claim(''), expected: false },
  { name: 'none where none is asked for', scope: quota('DoesNotExist'), object: claim(), expected: true },
  { name: 'one where none is asked for', scope: quota('DoesNotExist'), object: claim('gold'), expected: false },
]) {
  test(`a quota takes in a claim by its attributes classes: ${name}`, () => assert.equal(isInScope(scope, CLAIMS, object), expected));
}

test('scopes of pods take in no claim, those of claims no pod, and quotas without scopes take in all', () => {
  const ofPods = { metadata: { name: 'q' }, spec: { scopes: ['NotTerminating'] } } as never;
  const pod = { metadata: { name: 'p' }, spec: { containers: [] } } as never;
  assert.equal(isInScope(ofPods, CLAIMS, claim('gold')), false);
  assert.equal(isInScope(quota('NotIn', 'gold'), { group: '', resource: 'pods' }, pod), false);
  assert.equal(isInScope(quota('Exists'), { group: 'apps', resource: 'deployments' }, claim('gold')), false);
  assert.equal(isInScope({ metadata: { name: 'q' }, spec: { hard: {} } } as never, CLAIMS, claim()), true);
});

for (const { name, requests, isBestEffort } of [
  { name: 'nothing', requests: {}, isBestEffort: true },
  { name: 'no processor at all', requests: { cpu: '0' }, isBestEffort: true },
  { name: 'a device', requests: { 'example.com/gpu': '1' }, isBestEffort: true },
  { name: 'some memory', requests: { memory: '1Mi' }, isBestEffort: false },
]) {
  test(`a quota takes in a pod by its class of service: one that asks for ${name}`, () => {
    const pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i', resources: { requests } }] } } as never;
    const ofScope = (scope: string): boolean => isInScope({ metadata: { name: 'q' }, spec: { scopes: [scope] } } as never, { group: '', resource: 'pods' }, pod);
    assert.deepEqual([ofScope('BestEffort'), ofScope('NotBestEffort')], [isBestEffort, !isBestEffort]);
  });
}
