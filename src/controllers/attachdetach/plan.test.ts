import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PersistentVolume, Pod } from '../../api/generated/core-v1.ts';
import type { VolumeAttachment } from '../../api/generated/storage-v1.ts';
import { attachmentName, uniqueVolumeName } from '../../component-helpers/csi-names.ts';
import { attachableVolume, multiAttachMessage, planAttachments } from './plan.ts';

const volume = (name: string, accessModes: string[] = ['ReadWriteOnce']) => {
  const found = attachableVolume({ metadata: { name }, spec: { accessModes, csi: { driver: 'd', volumeHandle: `h-${name}` } } } as unknown as PersistentVolume);
  assert.ok(found);
  return found;
};
const attachment = (name: string, nodeName: string, more: { attached?: boolean; deletionTimestamp?: string; own?: string } = {}): VolumeAttachment => ({
  metadata: { name: more.own ?? attachmentName(`h-${name}`, 'd', nodeName), ...(more.deletionTimestamp && { deletionTimestamp: more.deletionTimestamp }) },
  spec: { attacher: 'd', nodeName, source: { persistentVolumeName: name } }, status: { attached: more.attached ?? true },
}) as unknown as VolumeAttachment;

for (const { name, desired = [], attachments = [], inUse = [], expected } of [
  { name: 'what pods want is attached', desired: [volume('a')], expected: { attach: ['a'] } },
  { name: 'what is there stays, and is told once it is attached', desired: [volume('a'), volume('b')], attachments: [attachment('a', 'n'), attachment('b', 'n', { attached: false })], expected: { attached: ['a'] } },
  { name: 'what nobody wants is detached', attachments: [attachment('a', 'n')], expected: { detach: ['a'], attached: ['a'] } },
  { name: 'but not while it is mounted', attachments: [attachment('a', 'n')], inUse: ['a'], expected: { held: ['a'], attached: ['a'] } },
  { name: 'nor twice', attachments: [attachment('a', 'n', { deletionTimestamp: 'now' })], expected: {} },
  { name: 'nor what somebody else has made', attachments: [attachment('a', 'n', { own: 'mine' })], expected: { attached: ['a'] } },
  { name: 'an exclusive volume waits for the other node', desired: [volume('a')], attachments: [attachment('a', 'other')], expected: { blocked: ['a other'] } },
  { name: 'a shared one does not', desired: [volume('s', ['ReadWriteMany'])], attachments: [attachment('s', 'other')], expected: { attach: ['s'] } },
] as { name: string; desired?: ReturnType<typeof volume>[]; attachments?: VolumeAttachment[]; inUse?: string[]; expected: Partial<Record<'attach' | 'blocked' | 'detach' | 'held' | 'attached', string[]>> }[]) {
  test(`attachments: ${name}`, () => {
    const plan = planAttachments({ nodeName: 'n', desired, attachments, volume: (own) => (own ? volume(own) : undefined), inUse: new Set(inUse.map((own) => uniqueVolumeName('d', `h-${own}`))) });
    assert.deepEqual({
      attach: plan.attach.map((one) => one.name), blocked: plan.blocked.map((one) => `${one.volume.name} ${one.nodes.join()}`), detach: plan.detach, held: plan.held, attached: plan.attached.map((one) => one.name),
    }, {
      attach: expected.attach ?? [], blocked: expected.blocked ?? [], detach: (expected.detach ?? []).map((own) => attachmentName(`h-${own}`, 'd', 'n')),
      held: (expected.held ?? []).map((own) => attachmentName(`h-${own}`, 'd', 'n')),
      attached: (expected.attached ?? []).map((own) => uniqueVolumeName('d', `h-${own}`)),
    });
  });
}

test('a pod is told who has its volume, by name in its own namespace only', () => {
  const pod = (namespace: string, name: string): Pod => ({ metadata: { namespace, name } }) as unknown as Pod;
  const told = (...users: Pod[]): string => multiAttachMessage('v', pod('shop', 'new'), users).replace('Multi-Attach error for volume "v" ', '');
  assert.deepEqual([told(), told(pod('shop', 'old'), pod('shop', 'older')), told(pod('bank', 'b')), told(pod('shop', 'old'), pod('bank', 'b'))], [
    "Volume is already exclusively attached to one node and can't be attached to another",
    'Volume is already used by pod(s) old, older',
    'Volume is already used by 1 pod(s) in different namespaces',
    'Volume is already used by pod(s) old and 1 pod(s) in different namespaces',
  ]);
});
