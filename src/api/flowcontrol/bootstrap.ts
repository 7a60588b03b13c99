/** The flow schemas and priority levels that every cluster has. Source: apiserver pkg/apis/flowcontrol/bootstrap. */
import type { Draft } from '../../apimachinery/meta.ts';
import type { FlowSchema, PolicyRulesWithSubjects, PriorityLevelConfiguration, PriorityLevelConfigurationSpec, ResourcePolicyRule, Subject } from '../generated/flowcontrol-v1.ts';

const AUTO_UPDATE = 'apf.kubernetes.io/autoupdate-spec';

function metadata(name: string): { name: string; annotations: Record<string, string> } {
  return { name, annotations: { [AUTO_UPDATE]: 'true' } };
}

interface Limits {
  readonly shares: number;
  readonly lendable: number;
  /** Queues, hand size and length of a queue; requests beyond the limit are refused without them. */
  readonly queues?: readonly [number, number, number];
}

function level(name: string, spec: PriorityLevelConfigurationSpec): Draft<PriorityLevelConfiguration> {
  return { metadata: metadata(name), spec, status: {} };
}

function limited(name: string, { shares, lendable, queues }: Limits): Draft<PriorityLevelConfiguration> {
  const limitResponse = queues
    ? { type: 'Queue', queuing: { queues: queues[0], handSize: queues[1], queueLengthLimit: queues[2] } }
    : { type: 'Reject' };
  return level(name, { type: 'Limited', limited: { nominalConcurrencyShares: shares, lendablePercent: lendable, limitResponse } });
}

/** What the server itself cannot do without: it puts them back as they are. */
export const mandatoryPriorityLevels: readonly Draft<PriorityLevelConfiguration>[] = [
  level('exempt', { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } }),
  limited('catch-all', { shares: 5, lendable: 0 }),
];

/** What a new cluster starts with; its administrators may change it. */
export const suggestedPriorityLevels: readonly Draft<PriorityLevelConfiguration>[] = [
  limited('system', { shares: 30, lendable: 33, queues: [64, 6, 50] }),
  limited('node-high', { shares: 40, lendable: 25, queues: [64, 6, 50] }),
  limited('leader-election', { shares: 10, lendable: 0, queues: [16, 4, 50] }),
  limited('workload-high', { shares: 40, lendable: 50, queues: [128, 6, 50] }),
  limited('workload-low', { shares: 100, lendable: 90, queues: [128, 6, 50] }),
  limited('global-default', { shares: 20, lendable: 50, queues: [128, 6, 50] }),
];

const user = (name: string): Subject => ({ kind: 'User', user: { name } });
const group = (name: string): Subject => ({ kind: 'Group', group: { name } });
const serviceAccount = (name: string, namespace = 'kube-system'): Subject => ({ kind: 'ServiceAccount', serviceAccount: { name, namespace } });

const everything: ResourcePolicyRule = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true };
const everyPath = [{ verbs: ['*'], nonResourceURLs: ['*'] }];

interface Schema {
  readonly level: string;
  readonly precedence: number;
  readonly by?: 'ByUser' | 'ByNamespace';
  readonly rules: PolicyRulesWithSubjects[];
}

function schema(name: string, { level: levelName, precedence, by, rules }: Schema): Draft<FlowSchema> {
  return {
    metadata: metadata(name),
    spec: { priorityLevelConfiguration: { name: levelName }, matchingPrecedence: precedence, ...(by && { distinguisherMethod: { type: by } }), rules },
    status: {},
  };
}

function allOf(subjects: Subject[]): PolicyRulesWithSubjects {
  return { subjects, resourceRules: [everything], nonResourceRules: everyPath };
}

export const mandatoryFlowSchemas: readonly Draft<FlowSchema>[] = [
  schema('exempt', { level: 'exempt', precedence: 1, rules: [allOf([group('system:masters')])] }),
  schema('catch-all', { level: 'catch-all', precedence: 10_000, by: 'ByUser', rules: [allOf([group('system:unauthenticated'), group('system:authenticated')])] }),
];

const leases = (): ResourcePolicyRule => ({ verbs: ['get', 'create', 'update'], apiGroups: ['coordination.k8s.io'], resources: ['leases'], namespaces: ['*'] });

export const suggestedFlowSchemas: readonly Draft<FlowSchema>[] = [
  schema('probes', {
    level: 'exempt', precedence: 2,
    rules: [{
      subjects: [group('system:unauthenticated'), group('system:authenticated')],
      nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
    }],
  }),
  schema('system-leader-election', {
    level: 'leader-election', precedence: 100, by: 'ByUser',
    rules: [{ subjects: [user('system:kube-controller-manager'), user('system:kube-scheduler'), serviceAccount('*')], resourceRules: [leases()] }],
  }),
  schema('endpoint-controller', {
    level: 'workload-high', precedence: 150, by: 'ByUser',
    rules: [{
      subjects: [user('system:kube-controller-manager'), serviceAccount('endpoint-controller'), serviceAccount('endpointslicemirroring-controller')],
      resourceRules: [{ verbs: ['get', 'create', 'update'], apiGroups: [''], resources: ['endpoints'], namespaces: ['*'] }],
    }],
  }),
  schema('workload-leader-election', {
    level: 'leader-election', precedence: 200, by: 'ByUser',
    rules: [{ subjects: [serviceAccount('*')], resourceRules: [leases()] }],
  }),
  schema('system-node-high', {
    level: 'node-high', precedence: 400, by: 'ByUser',
    rules: [{
      subjects: [group('system:nodes')],
      resourceRules: [
        { verbs: ['*'], apiGroups: [''], resources: ['nodes', 'nodes/status'], namespaces: ['*'], clusterScope: true },
        { verbs: ['*'], apiGroups: ['coordination.k8s.io'], resources: ['leases'], namespaces: ['*'] },
      ],
    }],
  }),
  schema('system-nodes', { level: 'system', precedence: 500, by: 'ByUser', rules: [allOf([group('system:nodes')])] }),
  schema('kube-controller-manager', { level: 'workload-high', precedence: 800, by: 'ByNamespace', rules: [allOf([user('system:kube-controller-manager')])] }),
  schema('kube-scheduler', { level: 'workload-high', precedence: 800, by: 'ByNamespace', rules: [allOf([user('system:kube-scheduler')])] }),
  schema('kube-system-service-accounts', { level: 'workload-high', precedence: 900, by: 'ByNamespace', rules: [allOf([serviceAccount('*')])] }),
  schema('service-accounts', { level: 'workload-low', precedence: 9000, by: 'ByUser', rules: [allOf([group('system:serviceaccounts')])] }),
  schema('global-default', { level: 'global-default', precedence: 9900, by: 'ByUser', rules: [allOf([group('system:unauthenticated'), group('system:authenticated')])] }),
];
