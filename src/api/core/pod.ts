import { copyOf } from '../../apimachinery/deep-copy.ts';
import { defineKind } from '../define-kind.ts';
import type { Pod } from '../generated/core-v1.ts';
import type { KindDefinition, SpecialSubresource } from '../kind.ts';
import { podColumns, podRowConditions } from './pod-columns.ts';
import { defaultPod, mirrorServiceAccount } from './pod-spec/defaults.ts';
import { mirrorPodIp, podStatusStrategy } from './pod-status.ts';
import { prepareNewPod } from './pod-strategy.ts';
import { resizeStrategy } from './pod-resize.ts';
import { ephemeralContainersStrategy } from './pod-subresources.ts';
import { validatePod, validatePodCreate, validatePodUpdate } from './pod-validation.ts';
import { podWarnings } from './pod-warnings.ts';

const subresources: readonly SpecialSubresource<Pod>[] = [
  { name: 'attach', kind: 'PodAttachOptions', verbs: ['create', 'get'] },
  { name: 'binding', kind: 'Binding', verbs: ['create'] },
  { name: 'ephemeralcontainers', kind: 'Pod', verbs: ['get', 'patch', 'update'], strategy: ephemeralContainersStrategy },
  { name: 'eviction', kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] },
  { name: 'exec', kind: 'PodExecOptions', verbs: ['create', 'get'] },
  { name: 'log', kind: 'Pod', verbs: ['get'] },
  { name: 'portforward', kind: 'PodPortForwardOptions', verbs: ['create', 'get'] },
  { name: 'proxy', kind: 'PodProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] },
  { name: 'resize', kind: 'Pod', verbs: ['get', 'patch', 'update'], strategy: resizeStrategy },
];

export const pod: KindDefinition<Pod> = defineKind<Pod>({
  group: '', kind: 'Pod', resource: 'pods', namespaced: true, shortNames: ['po'], categories: ['all'],
  versions: [{ version: 'v1', message: 'core.v1.Pod' }],
  hasGeneration: true,
  subresources: { status: podStatusStrategy, others: subresources },
  resetFields: { status: ['spec', 'metadata.deletionTimestamp', 'metadata.ownerReferences'] },
  default(object) {
    defaultPod(object);
    mirrorPodIp(object.status);
  },
  prepareForCreate: prepareNewPod,
  validate: validatePod,
  validateCreate: validatePodCreate,
  prepareForUpdate(object, old) {
    mirrorServiceAccount(object.spec);
    object.status = copyOf(old.status) as Pod['status'];
  },
  validateUpdate: validatePodUpdate,
  warnings: podWarnings,
  gracefulDeletionSeconds: ({ spec, status }) => {
    // A pod that no kubelet knows, or that has ended, has nothing to shut down.
    if (!spec.nodeName || status.phase === 'Failed' || status.phase === 'Succeeded') return 0;
    return spec.terminationGracePeriodSeconds ?? 30;
  },
  deleteReturnsObject: true,
  selectableFields: {
    'spec.nodeName': (object) => object.spec.nodeName ?? '',
    // Its name of old.
    'spec.host': (object) => object.spec.nodeName ?? '',
    'spec.restartPolicy': (object) => object.spec.restartPolicy ?? '',
    'spec.schedulerName': (object) => object.spec.schedulerName ?? '',
    'spec.serviceAccountName': (object) => object.spec.serviceAccountName ?? '',
    'spec.hostNetwork': (object) => String(object.spec.hostNetwork ?? false),
    'status.phase': (object) => object.status.phase ?? '',
    'status.podIP': (object) => object.status.podIP ?? '',
    // A label that no pod has a value for.
    'status.podIPs': () => '',
    'status.nominatedNodeName': (object) => object.status.nominatedNodeName ?? '',
  },
  columns: podColumns,
  rowConditions: podRowConditions,
});
