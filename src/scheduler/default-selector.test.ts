import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReplicaSet, StatefulSet } from '../api/generated/apps-v1.ts';
import type { OwnerReference } from '../api/generated/meta-v1.ts';
import type { Pod, ReplicationController, Service } from '../api/generated/core-v1.ts';
import { defaultSelectorOf, noWorkloads, type WorkloadListers } from './default-selector.ts';

const service = (selector: Record<string, string> | undefined): Service => ({ metadata: { name: 's', namespace: 'ns' }, spec: { ...(selector && { selector }) } }) as unknown as Service;
const ownedBy = (apiVersion: string, kind: string, controller = true): { ownerReferences: OwnerReference[] } => ({ ownerReferences: [{ apiVersion, kind, name: 'owner', uid: 'u', controller }] });
const pod = (metadata: Partial<Pod['metadata']> = {}): Pod =>
  ({ metadata: { name: 'p', namespace: 'ns', uid: 'p', resourceVersion: '1', creationTimestamp: '', labels: { app: 'shop', part: 'front', 'apps.kubernetes.io/pod-index': '3' }, ...metadata }, spec: { containers: [] }, status: {} });
const under = <T>(object: object) => (key: string): T | undefined => (key === 'ns/owner' ? (object as T) : undefined);

const listers: WorkloadListers = {
  ...noWorkloads,
  replicationController: under<ReplicationController>({ spec: { selector: { part: 'front' } } }),
  replicaSet: under<ReplicaSet>({ spec: { selector: { matchLabels: { app: 'shop' }, matchExpressions: [{ key: 'part', operator: 'Exists' }] } } }),
  statefulSet: under<StatefulSet>({ spec: { selector: { matchLabels: { app: 'shop' } } } }),
};
const services = (...all: Service[]): WorkloadListers => ({ ...listers, services: (namespace) => (namespace === 'ns' ? all : []) });
const labels = (matchLabels: Record<string, string>): object => ({ matchLabels, matchExpressions: [] });

for (const { what, wanted, from, expected } of [
  { what: 'nothing selects it', wanted: pod(), from: services(service({ app: 'other' }), service({}), service(undefined)), expected: undefined },
  { what: 'services, without a controller', wanted: pod(), from: services(service({ app: 'shop' }), service({ part: 'front' }), service({ part: 'back' })), expected: labels({ app: 'shop', part: 'front' }) },
  { what: 'a service of another namespace', wanted: pod({ namespace: 'elsewhere' }), from: services(service({ app: 'shop' })), expected: undefined },
  { what: 'a StatefulSet, by what all its pods have', wanted: pod(ownedBy('apps/v1', 'StatefulSet')), from: listers, expected: labels({ app: 'shop' }) },
  { what: 'a ReplicaSet and a service', wanted: pod(ownedBy('apps/v1', 'ReplicaSet')), from: services(service({ part: 'front' })), expected: { matchLabels: { app: 'shop', part: 'front' }, matchExpressions: [{ key: 'part', operator: 'Exists' }] } },
  { what: 'a ReplicationController', wanted: pod(ownedBy('v1', 'ReplicationController')), from: listers, expected: labels({ part: 'front' }) },
  { what: 'a controller of another kind', wanted: pod(ownedBy('batch/v1', 'Job')), from: listers, expected: undefined },
  { what: 'another group of the same kind', wanted: pod(ownedBy('example.com/v1', 'ReplicaSet')), from: listers, expected: undefined },
  { what: 'an owner that does not control it', wanted: pod(ownedBy('apps/v1', 'ReplicaSet', false)), from: listers, expected: undefined },
  { what: 'a controller that is not there', wanted: pod(ownedBy('apps/v1', 'ReplicaSet')), from: noWorkloads, expected: undefined },
]) {
  test(`pods like this one: ${what}`, () => assert.deepEqual(defaultSelectorOf(wanted, from), expected));
}
