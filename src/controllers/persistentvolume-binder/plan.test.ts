import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PersistentVolume, PersistentVolumeClaim } from '../../api/generated/core-v1.ts';
import type { StorageClass } from '../../api/generated/storage-v1.ts';
import { boundClaim, boundStatus, boundVolume, unboundStatus, unboundVolume } from './binding.ts';
import { type ClaimPlan, planClaim, planVolume } from './plan.ts';

interface Shape {
  readonly annotations?: Record<string, string>;
  readonly status?: object;
  readonly metadata?: object;
  readonly [field: string]: unknown;
}

function claim({ annotations, status = { phase: 'Pending' }, metadata, ...spec }: Shape = {}): PersistentVolumeClaim {
  return {
    metadata: { name: 'data', namespace: 'shop', uid: 'u', ...(annotations && { annotations }), ...metadata },
    spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'slow', resources: { requests: { storage: '2Gi' } }, ...spec }, status,
  } as unknown as PersistentVolumeClaim;
}

function volume(name: string, { annotations, status = { phase: 'Available' }, metadata, size = '5Gi', ...spec }: Shape = {}): PersistentVolume {
  return {
    metadata: { name, ...(annotations && { annotations }), ...metadata },
    spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'slow', capacity: { storage: size }, persistentVolumeReclaimPolicy: 'Retain', ...spec }, status,
  } as unknown as PersistentVolume;
}

const storageClass = (name: string, provisioner: string, more: object = {}): StorageClass => ({ metadata: { name, creationTimestamp: '2026-01-01T00:00:00Z', ...more }, provisioner, volumeBindingMode: 'Immediate' }) as unknown as StorageClass;
const standard = storageClass('standard', 'csi.example.com', { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } });
const mine = { namespace: 'shop', name: 'data', uid: 'u' };
const others = { namespace: 'shop', name: 'other', uid: 'o' };
const COMPLETED = { 'pv.kubernetes.io/bind-completed': 'yes' };
const OURS = { 'pv.kubernetes.io/bound-by-controller': 'yes' };

function said(plan: ClaimPlan): string {
  if (plan.act === 'bind') return `bind ${plan.volume.metadata.name}`;
  if (plan.act === 'give-class') return `class ${plan.className}`;
  const event = plan.event ? ` ${plan.event.type} ${plan.event.reason}: ${plan.event.message}` : '';
  return `${plan.act}${plan.act === 'provision' ? ` ${plan.provisioner}` : ''}${event.slice(0, 120)}`;
}

for (const { name, of = claim(), volumes = [], classes = [storageClass('slow', 'csi.example.com')], expected } of [
  { name: 'gets the smallest volume', volumes: [volume('big', { size: '9Gi' }), volume('right'), volume('small', { size: '1Gi' })], expected: 'bind right' },
  { name: 'gets a larger volume rather than one with more access modes', volumes: [volume('shared', { size: '2Gi', accessModes: ['ReadWriteOnce', 'ReadWriteMany'] }), volume('plain')], expected: 'bind plain' },
  { name: 'gets the volume that is kept for it, of whatever class', volumes: [volume('free', { size: '2Gi' }), volume('kept', { claimRef: { namespace: 'shop', name: 'data' }, storageClassName: 'fast' })], expected: 'bind kept' },
  { name: 'leaves a volume that is not available yet', volumes: [volume('new', { status: { phase: 'Pending' } })], classes: [], expected: 'wait Warning ProvisioningFailed: storageclass.storage.k8s.io "slow" not found' },
  { name: 'leaves volumes with other attributes', of: claim({ volumeAttributesClassName: 'gold' }), volumes: [volume('plain')], classes: [], expected: 'wait Warning ProvisioningFailed: storageclass.storage.k8s.io "slow" not found' },
  { name: 'may say its class in the old annotation', of: claim({ storageClassName: undefined, annotations: { 'volume.beta.kubernetes.io/storage-class': 'slow' } }), volumes: [volume('right')], expected: 'bind right' },
  { name: 'is given the default class once there is one', of: claim({ storageClassName: undefined }), classes: [standard], expected: 'class standard' },
  { name: 'that wants no class is given none', of: claim({ storageClassName: '' }), classes: [standard], expected: 'wait Normal FailedBinding: no persistent volumes available for this claim and no storage class is set' },
  { name: 'is given a volume of no class before the default class', of: claim({ storageClassName: undefined }), volumes: [volume('free', { storageClassName: '' })], classes: [standard], expected: 'bind free' },
  { name: 'hears that nobody makes volumes of its class', classes: [storageClass('slow', 'kubernetes.io/no-provisioner')], expected: 'wait Warning ProvisioningFailed: no volume plugin matched name: kubernetes.io/no-provisioner' },
  { name: 'waits for the driver that took over from a provisioner', classes: [storageClass('slow', 'kubernetes.io/aws-ebs')], expected: 'provision ebs.csi.aws.com Normal ExternalProvisioning: Waiting for a volume to be created either by the external provisioner \'ebs.csi.aws.com\' or' },
  { name: 'waits for the volume that it names', of: claim({ volumeName: 'v' }), expected: 'wait' },
  { name: 'gets the volume that it names', of: claim({ volumeName: 'v' }), volumes: [volume('v')], expected: 'bind v' },
  { name: 'does not get one that is too small', of: claim({ volumeName: 'v' }), volumes: [volume('v', { size: '1Gi' })], expected: 'wait Warning VolumeMismatch: Cannot bind to requested volume "v": requested PV is too small' },
  { name: 'does not get one of another class', of: claim({ volumeName: 'v' }), volumes: [volume('v', { storageClassName: 'fast' })], expected: 'wait Warning VolumeMismatch: Cannot bind to requested volume "v": storageClassName does not match' },
  { name: 'does not get one with other attributes', of: claim({ volumeName: 'v', volumeAttributesClassName: 'gold' }), volumes: [volume('v')], expected: 'wait Warning VolumeMismatch: Cannot bind to requested volume "v": volumeAttributesClassName does not match' },
  { name: 'does not get a device for a file system', of: claim({ volumeName: 'v' }), volumes: [volume('v', { volumeMode: 'Block' })], expected: 'wait Warning VolumeMismatch: Cannot bind to requested volume "v": incompatible volumeMode' },
  { name: 'does not get one that fewer may use', of: claim({ volumeName: 'v', accessModes: ['ReadWriteMany'] }), volumes: [volume('v')], expected: 'wait Warning VolumeMismatch: Cannot bind to requested volume "v": incompatible accessMode' },
  { name: 'does not get one that goes', of: claim({ volumeName: 'v' }), volumes: [volume('v', { metadata: { deletionTimestamp: 'now' } })], expected: 'wait Warning VolumeMismatch: Cannot bind to requested volume "v": the volume is marked for deletion "v"' },
  { name: 'does not get another\'s', of: claim({ volumeName: 'v' }), volumes: [volume('v', { claimRef: others })], expected: 'wait Warning FailedBinding: volume "v" already bound to a different claim.' },
  { name: 'that was bound gets its volume back', of: claim({ volumeName: 'v', annotations: COMPLETED }), volumes: [volume('v', { size: '1Gi' })], expected: 'bind v' },
  { name: 'that names no volume any more is lost', of: claim({ annotations: COMPLETED }), volumes: [volume('right')], expected: 'lose Warning ClaimLost: Bound claim has lost reference to PersistentVolume. Data on the volume is lost!' },
  { name: 'whose volume is gone is lost', of: claim({ volumeName: 'v', annotations: COMPLETED }), expected: 'lose Warning ClaimLost: Bound claim has lost its PersistentVolume. Data on the volume is lost!' },
  { name: 'whose volume has another is lost', of: claim({ volumeName: 'v', annotations: COMPLETED }), volumes: [volume('v', { claimRef: others })], expected: 'lose Warning ClaimMisbound: Two claims are bound to the same volume, this one is bound incorrectly' },
]) {
  test(`a claim ${name}`, () => {
    const view = { volume: (one: string) => volumes.find(({ metadata }) => metadata.name === one), volumes: () => volumes, classes, waitingPods: [] };
    assert.equal(said(planClaim(of, view)), expected);
  });
}

const released = (more: Shape): PersistentVolume => volume('v', { claimRef: mine, status: { phase: 'Released' }, ...more });
const failed = (reason: string, message: string): object => ({ act: 'fail', event: { type: 'Warning', reason, message } });
const phase = (name: string): object => ({ act: 'phase', phase: name });

for (const { name, of, by, expected } of [
  { name: 'that nobody wants is available', of: volume('v'), expected: phase('Available') },
  { name: 'that is kept by name is available', of: volume('v', { claimRef: { namespace: 'shop', name: 'data' } }), by: claim(), expected: phase('Available') },
  { name: 'that its claim names is bound', of: volume('v', { claimRef: mine }), by: claim({ volumeName: 'v' }), expected: phase('Bound') },
  { name: 'that its claim does not name yet waits', of: volume('v', { claimRef: mine }), by: claim(), expected: { act: 'none' } },
  { name: 'is free again when its claim has another one', of: volume('v', { claimRef: mine, annotations: OURS }), by: claim({ volumeName: 'w' }), expected: { act: 'unbind' } },
  { name: 'that was made for a claim which has another one is released', of: volume('v', { claimRef: mine, annotations: { 'pv.kubernetes.io/provisioned-by': 'x' }, persistentVolumeReclaimPolicy: 'Delete' }), by: claim({ volumeName: 'w' }), expected: phase('Released') },
  { name: 'is released with its claim', of: volume('v', { claimRef: mine, status: { phase: 'Bound' }, persistentVolumeReclaimPolicy: 'Delete' }), expected: phase('Released') },
  { name: 'is released when its claim is made anew', of: volume('v', { claimRef: mine, status: { phase: 'Bound' } }), by: claim({ metadata: { uid: 'new' } }), expected: phase('Released') },
  { name: 'that has failed stays so', of: released({ status: { phase: 'Failed' } }), expected: { act: 'none' } },
  { name: 'that is kept stays released', of: released({ local: { path: '/disk' } }), expected: phase('Released') },
  { name: 'that was provisioned is its provisioner\'s', of: released({ csi: {}, annotations: { 'pv.kubernetes.io/provisioned-by': 'csi.example.com' }, persistentVolumeReclaimPolicy: 'Delete' }), expected: phase('Released') },
  { name: 'of a provisioner that is no more cannot be deleted', of: released({ annotations: { 'pv.kubernetes.io/provisioned-by': 'kubernetes.io/rbd' }, persistentVolumeReclaimPolicy: 'Delete' }), expected: failed('VolumeFailedDelete', 'no volume plugin matched name: kubernetes.io/rbd') },
  { name: 'that is local is deleted by nobody', of: released({ local: { path: '/disk' }, persistentVolumeReclaimPolicy: 'Delete' }), expected: failed('VolumeFailedDelete', 'error getting deleter volume plugin for volume "v": no volume plugin matched') },
  { name: 'of NFS is known, and not deleted', of: released({ nfs: { server: 's', path: '/' }, persistentVolumeReclaimPolicy: 'Delete' }), expected: failed('VolumeFailedDelete', 'error getting deleter volume plugin for volume "v": no deletable volume plugin matched') },
  { name: 'of a host is not deleted', of: released({ hostPath: { path: '/data' }, persistentVolumeReclaimPolicy: 'Delete' }), expected: failed('VolumeFailedDelete', 'host_path deleter only supports /tmp/.+ but received provided /data') },
  { name: 'that is to be recycled fails', of: released({ local: { path: '/disk' }, persistentVolumeReclaimPolicy: 'Recycle' }), expected: failed('VolumeFailedRecycle', 'No recycler plugin found for the volume!') },
  { name: 'of another mode than its claim tells both', of: volume('v', { claimRef: mine, volumeMode: 'Block' }), by: claim(), expected: {
    act: 'mismatch',
    ofVolume: { type: 'Warning', reason: 'VolumeMismatch', message: 'Cannot bind PersistentVolume to requested PersistentVolumeClaim "data" due to incompatible volumeMode.' },
    ofClaim: { type: 'Warning', reason: 'VolumeMismatch', message: 'Cannot bind PersistentVolume "v" to requested PersistentVolumeClaim due to incompatible volumeMode.' },
  } },
]) test(`a volume ${name}`, () => assert.deepEqual(planVolume(of, by), expected));

test('who found whom is noted, and undone with the binding', () => {
  const found = boundVolume(volume('v'), claim());
  assert.deepEqual([found?.metadata.annotations, found?.spec.claimRef?.uid], [OURS, 'u']);
  assert.equal(boundVolume(volume('v', { claimRef: { namespace: 'shop', name: 'data' } }), claim())?.metadata.annotations, undefined);
  assert.equal(boundVolume(volume('v', { claimRef: mine }), claim()), undefined);
  assert.deepEqual(boundClaim(claim(), volume('v'))?.metadata.annotations, { ...OURS, ...COMPLETED });
  assert.deepEqual(boundClaim(claim({ volumeName: 'v' }), volume('v'))?.metadata.annotations, COMPLETED);
  const undone = unboundVolume(volume('v', { claimRef: mine, annotations: OURS }));
  assert.deepEqual([undone.metadata.annotations, undone.spec.claimRef], [undefined, undefined]);
  assert.deepEqual(unboundVolume(volume('v', { claimRef: mine })).spec.claimRef, { namespace: 'shop', name: 'data' });
});

for (const { name, of, by = volume('v'), expected } of [
  { name: 'has what its volume has', of: claim(), by: volume('v', { volumeAttributesClassName: 'gold' }), expected: { phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity: { storage: '5Gi' }, currentVolumeAttributesClassName: 'gold' } },
  { name: 'keeps its size while its file system has not grown', of: claim(), by: volume('v', { annotations: { 'volume.alpha.kubernetes.io/pre-resize-capacity': '3Gi' } }), expected: { phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity: { storage: '3Gi' } } },
  { name: 'is told of other access modes, not of another size', of: claim({ status: { phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity: { storage: '4Gi' } } }), by: volume('v', { accessModes: ['ReadWriteOnce', 'ReadOnlyMany'] }), expected: { phase: 'Bound', accessModes: ['ReadWriteOnce', 'ReadOnlyMany'], capacity: { storage: '4Gi' } } },
  { name: 'is left alone when all is so', of: claim({ status: { phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity: { storage: '4Gi' } } }), expected: undefined },
]) test(`a bound claim ${name}`, () => assert.deepEqual(boundStatus(of, by), expected));

test('a claim without its volume has neither size nor modes', () => {
  assert.deepEqual(unboundStatus(claim({ status: { phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity: { storage: '4Gi' }, currentVolumeAttributesClassName: 'gold' } }), 'Lost'), { phase: 'Lost' });
  assert.equal(unboundStatus(claim(), 'Pending'), undefined);
});
