import { timeSince } from '../../apimachinery/human-duration.ts';
import { addQuantities, formatQuantity, milliValue, parseQuantity, type Quantity, wholeValue, zeroQuantity } from '../../apimachinery/quantity.ts';
import type { JsonObject } from '../../apimachinery/patch/json.ts';
import { at, type KubeJson, listAt, mapAt, textAt } from '../kube-json.ts';
import { hasReason } from '../../apimachinery/status.ts';
import type { Describer, DescribeScope } from './describer.ts';
import { conditionRows, longTime, metaLines, timeText } from './text.ts';

const STANDARD = ['cpu', 'memory', 'ephemeral-storage'];

export const describeNode: Describer = async (node, scope) => {
  const { spec, status, metadata } = node as { spec?: unknown; status?: unknown; metadata: KubeJson['metadata'] };
  const taints = taintTexts(listAt(spec, 'taints'));
  const roles = Object.entries(metadata.labels ?? {}).flatMap(([key, value]) => (key.startsWith('node-role.kubernetes.io/') ? [key.slice('node-role.kubernetes.io/'.length)] : key === 'kubernetes.io/role' ? [value] : [])).filter(Boolean).sort();
  const pods = (await scope.list('pods', undefined, { fieldSelector: `spec.nodeName=${metadata.name ?? ''},status.phase!=Succeeded,status.phase!=Failed` }));
  const info = at(status, 'nodeInfo');
  return [
    `Name:\t${metadata.name}`, `Roles:\t${roles.join(',') || '<none>'}`, ...metaLines(node), `CreationTimestamp:\t${longTime(metadata.creationTimestamp ?? '')}`,
    ...(taints.length === 0 ? ['Taints:\t<none>'] : taints.map((taint, index) => `${index === 0 ? 'Taints:' : ''}\t${taint}`)),
    `Unschedulable:\t${at(spec, 'unschedulable') === true}`, ...(await leaseLines(node, scope)),
    ...conditionRows(node, [
      ['Type', (one) => `${textAt(one, 'type')} `], ['Status', (one) => textAt(one, 'status')], ['LastHeartbeatTime', (one) => timeText(textAt(one, 'lastHeartbeatTime'))],
      ['LastTransitionTime', (one) => timeText(textAt(one, 'lastTransitionTime'))], ['Reason', (one) => textAt(one, 'reason')], ['Message', (one) => textAt(one, 'message')],
    ]),
    'Addresses:', ...listAt(status, 'addresses').map((one) => `  ${textAt(one, 'type')}:\t${textAt(one, 'address')}`),
    ...resourceLines('Capacity', mapAt(status, 'capacity')), ...resourceLines('Allocatable', mapAt(status, 'allocatable')),
    'System Info:', `  Machine ID:\t${textAt(info, 'machineID')}`, `  System UUID:\t${textAt(info, 'systemUUID')}`, `  Boot ID:\t${textAt(info, 'bootID')}`, `  Kernel Version:\t${textAt(info, 'kernelVersion')}`, `  OS Image:\t${textAt(info, 'osImage')}`, `  Operating System:\t${textAt(info, 'operatingSystem')}`,
    `  Architecture:\t${textAt(info, 'architecture')}`, `  Container Runtime Version:\t${textAt(info, 'containerRuntimeVersion')}`, `  Kubelet Version:\t${textAt(info, 'kubeletVersion')}`, `  Kube-Proxy Version:\t${textAt(info, 'kubeProxyVersion')}`,
    ...(textAt(spec, 'podCIDR') ? [`PodCIDR:\t${textAt(spec, 'podCIDR')}`] : []), ...(listAt(spec, 'podCIDRs').length > 0 ? [`PodCIDRs:\t${(listAt(spec, 'podCIDRs') as unknown as string[]).join(',')}`] : []), ...(textAt(spec, 'providerID') ? [`ProviderID:\t${textAt(spec, 'providerID')}`] : []),
    ...podLines(pods, node, scope.nowMs), ...(await scope.eventLines()),
  ];
};

/** By effect, then by key. */
function taintTexts(taints: readonly JsonObject[]): string[] {
  const order = (one: JsonObject): string => `${textAt(one, 'effect')},${textAt(one, 'key')}`;
  const sorted = [...taints].sort((a, b) => (order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : 0));
  return sorted.map((one) => {
    const [value, effect] = [textAt(one, 'value'), textAt(one, 'effect')];
    return `${textAt(one, 'key')}${value && `=${value}`}${effect || value ? `:${effect}` : ''}`;
  });
}

async function leaseLines(node: KubeJson, scope: DescribeScope): Promise<string[]> {
  const { connection } = scope.context;
  const lines = (holder: string, acquired: string, renewed: string): string[] => ['Lease:', `  HolderIdentity:\t${holder}`, `  AcquireTime:\t${acquired}`, `  RenewTime:\t${renewed}`];
  try {
    const lease = await connection.get((await connection.mapper()).resource('leases.coordination.k8s.io'), 'kube-node-lease', node.metadata.name ?? '');
    const time = (field: string): string => longTime(textAt(lease, 'spec', field)) || '<unset>';
    return lines(textAt(lease, 'spec', 'holderIdentity') || '<unset>', time('acquireTime'), time('renewTime'));
  } catch (error) {
    if (!hasReason(error, 'NotFound', 'Forbidden')) throw error;
    return [`Lease:\tFailed to get lease: ${error.message}`];
  }
}

function resourceLines(title: string, values: Readonly<Record<string, string>>): string[] {
  const entries = Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? [] : [`${title}:`, ...entries.map(([name, value]) => `  ${name}:\t${value}`)];
}

type Totals = Map<string, Quantity>;

/** What a pod asks for: the sum of its containers (and of sidecars), or the largest init container. Source: component-helpers resource, PodRequestsAndLimits. */
function podTotals(pod: KubeJson, field: 'requests' | 'limits'): Totals {
  const totals: Totals = new Map();
  const addTo = (into: Totals, container: unknown): void => {
    for (const [name, value] of Object.entries(mapAt(container, 'resources', field))) into.set(name, addQuantities(into.get(name) ?? zeroQuantity, parseQuantity(value)));
  };
  for (const container of listAt(pod, 'spec', 'containers')) addTo(totals, container);
  const sidecars: Totals = new Map();
  const atStart: Totals = new Map();
  for (const container of listAt(pod, 'spec', 'initContainers')) {
    const own: Totals = new Map();
    addTo(own, container);
    if (container['restartPolicy'] === 'Always') addTo(sidecars, container);
    for (const [name, value] of sidecars) own.set(name, container['restartPolicy'] === 'Always' ? value : addQuantities(own.get(name) ?? zeroQuantity, value));
    for (const [name, value] of own) if (value.nanos > (atStart.get(name) ?? zeroQuantity).nanos) atStart.set(name, value);
  }
  for (const [name, value] of sidecars) totals.set(name, addQuantities(totals.get(name) ?? zeroQuantity, value));
  for (const [name, value] of atStart) if (value.nanos > (totals.get(name) ?? zeroQuantity).nanos) totals.set(name, value);
  for (const [name, value] of Object.entries(mapAt(pod, 'spec', 'overhead'))) if (field === 'requests' || totals.has(name)) totals.set(name, addQuantities(totals.get(name) ?? zeroQuantity, parseQuantity(value)));
  return totals;
}

function podLines(pods: readonly KubeJson[], node: KubeJson, nowMs: number): string[] {
  const allocatable = Object.keys(mapAt(node, 'status', 'allocatable')).length > 0 ? mapAt(node, 'status', 'allocatable') : mapAt(node, 'status', 'capacity');
  const share = (value: Quantity, name: string): string => {
    const whole = parseQuantity(allocatable[name] ?? '0');
    const [part, all] = name === 'cpu' ? [milliValue(value), milliValue(whole)] : [wholeValue(value), wholeValue(whole)];
    return `${formatQuantity(value)} (${all === 0 ? 0 : Math.trunc((part / all) * 100)}%)`;
  };
  const sums: Record<'requests' | 'limits', Totals> = { requests: new Map(), limits: new Map() };
  const rows = pods.map((pod) => {
    const totals = { requests: podTotals(pod, 'requests'), limits: podTotals(pod, 'limits') };
    for (const field of ['requests', 'limits'] as const) for (const [name, value] of totals[field]) sums[field].set(name, addQuantities(sums[field].get(name) ?? zeroQuantity, value));
    const cell = (field: 'requests' | 'limits', name: string): string => share(totals[field].get(name) ?? zeroQuantity, name);
    return `  ${pod.metadata.namespace}\t${pod.metadata.name}\t\t${cell('requests', 'cpu')}\t${cell('limits', 'cpu')}\t${cell('requests', 'memory')}\t${cell('limits', 'memory')}\t${timeSince(pod.metadata.creationTimestamp, nowMs)}`;
  });
  const others = Object.keys(allocatable).filter((name) => !STANDARD.includes(name) && name !== 'pods').sort();
  const sum = (field: 'requests' | 'limits', name: string): Quantity => sums[field].get(name) ?? zeroQuantity;
  return [
    `Non-terminated Pods:\t(${pods.length} in total)`, '  Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge', '  ---------\t----\t\t------------\t----------\t---------------\t-------------\t---', ...rows,
    'Allocated resources:', '  (Total limits may be over 100 percent, i.e., overcommitted.)', '  Resource\tRequests\tLimits', '  --------\t--------\t------',
    ...[...STANDARD, ...others.filter((name) => name.startsWith('hugepages-'))].map((name) => `  ${name}\t${share(sum('requests', name), name)}\t${share(sum('limits', name), name)}`),
    ...others.filter((name) => !name.startsWith('hugepages-')).map((name) => `  ${name}\t${formatQuantity(sum('requests', name))}\t${formatQuantity(sum('limits', name))}`),
  ];
}
