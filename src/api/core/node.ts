import { copyOf } from '../../apimachinery/deep-copy.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { ageColumn, nameColumn, textColumn, wideColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { Node, NodeSpec } from '../generated/core-v1.ts';
import type { Column, KindDefinition } from '../kind.ts';
import { keepSpec } from '../status-fields.ts';
import { nodeWarnings, validateNode, validateNodeUpdate } from './node-validation.ts';
import { anewThenChanges } from '../update-orders.ts';

const ADDRESSES_TEXT =
  "List of addresses reachable to the node. Queried from cloud provider, if available. More info: https://kubernetes.io/docs/reference/node/node-status/#addresses Note: This field is declared as mergeable, but the merge key is not sufficiently unique, which can cause data corruption when it is merged. Callers should instead use a full-replacement patch. See https://pr.k8s.io/79391 for an example. Consumers should assume that addresses can change during the lifetime of a Node. However, there are some exceptions where this may not be possible, such as Pods that inherit a Node's address in its own status or consumers of the downward API (status.hostIP).";
const ROLE_PREFIX = 'node-role.kubernetes.io/';
const ROLE_LABEL = 'kubernetes.io/role';

function statusText(node: DeepReadonly<Node>): string {
  const ready = node.status.conditions?.findLast((condition) => condition.type === 'Ready');
  const text = !ready ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return node.spec.unschedulable ? `${text},SchedulingDisabled` : text;
}

function rolesText(node: DeepReadonly<Node>): string {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX) && key.length > ROLE_PREFIX.length) roles.add(key.slice(ROLE_PREFIX.length));
    else if (key === ROLE_LABEL && value !== '') roles.add(value);
  }
  return roles.size === 0 ? '<none>' : [...roles].sort().join(',');
}

function addressText(node: DeepReadonly<Node>, type: string): string {
  return node.status.addresses?.find((address) => address.type === type)?.address ?? '<none>';
}

/** `podCIDR` is the first of `podCIDRs`; where they differ, the former tells. */
function mirrorPodCidr(spec: NodeSpec): void {
  if (spec.podCIDR && spec.podCIDRs?.[0] !== spec.podCIDR) spec.podCIDRs = [spec.podCIDR];
  else if (!spec.podCIDR && spec.podCIDRs?.[0] !== undefined) spec.podCIDR = spec.podCIDRs[0];
}

/** Kubelets take no configuration from the API any more. */
function dropConfig({ spec, status }: Node): void {
  delete spec.configSource;
  delete status.config;
}

const columns: readonly Column<Node>[] = [
  nameColumn,
  textColumn<Node>('Status', 'The status of the node', statusText),
  textColumn<Node>('Roles', 'The roles of the node', rolesText),
  ageColumn,
  textColumn('Version', 'Kubelet Version reported by the node.', (object) => object.status.nodeInfo.kubeletVersion),
  wideColumn('Internal-IP', ADDRESSES_TEXT, (object) => addressText(object, 'InternalIP')),
  wideColumn('External-IP', ADDRESSES_TEXT, (object) => addressText(object, 'ExternalIP')),
  wideColumn('OS-Image', 'OS Image reported by the node from /etc/os-release (e.g. Debian GNU/Linux 7 (wheezy)).', (object) => object.status.nodeInfo.osImage || '<unknown>'),
  wideColumn('Kernel-Version', "Kernel Version reported by the node from 'uname -r' (e.g. 3.16.0-0.bpo.4-amd64).", (object) => object.status.nodeInfo.kernelVersion || '<unknown>'),
  wideColumn('Container-Runtime', 'ContainerRuntime Version reported by the node through runtime remote API (e.g. containerd://1.4.2).', (object) => object.status.nodeInfo.containerRuntimeVersion || '<unknown>'),
];

export const node: KindDefinition<Node> = defineKind<Node>({
  group: '', kind: 'Node', resource: 'nodes', namespaced: false, shortNames: ['no'],
  versions: [{ version: 'v1', message: 'core.v1.Node' }],
  updateRules: anewThenChanges,
  subresources: {
    status: { prepareForUpdate: keepSpec, validateUpdate: validateNodeUpdate },
    others: [{ name: 'proxy', kind: 'NodeProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] }],
  },
  default({ spec, status }) {
    mirrorPodCidr(spec);
    if (status?.capacity && !status.allocatable) status.allocatable = { ...status.capacity };
  },
  prepareForCreate: dropConfig,
  prepareForUpdate(object, old) {
    object.status = copyOf(old.status) as Node['status'];
    dropConfig(object);
  },
  validate: validateNode,
  validateUpdate: validateNodeUpdate,
  warnings: nodeWarnings,
  selectableFields: { 'spec.unschedulable': (object) => String(object.spec.unschedulable ?? false) },
  columns,
});
