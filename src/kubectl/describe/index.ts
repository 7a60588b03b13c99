import { StatusError } from '../../apimachinery/status.ts';
import type { CommandContext } from '../command.ts';
import type { KubeJson } from '../kube-json.ts';
import { alignTabs, DESCRIBE_TABS } from '../printers/tab-writer.ts';
import type { Info } from '../resources/select.ts';
import { describeAutoscaler } from './autoscaler.ts';
import { describeCertificateSigningRequest } from './certificate.ts';
import * as configuration from './configuration.ts';
import type { Describer, DescribeScope } from './describer.ts';
import { describeGeneric } from './generic.ts';
import * as networking from './networking.ts';
import { describeNode } from './node.ts';
import { describePod } from './pod.ts';
import * as storage from './storage.ts';
import { eventLines } from './text.ts';
import * as workloads from './workloads.ts';

/** Kinds with a describer of their own; all others are shown field by field. */
const DESCRIBERS: Readonly<Record<string, Describer>> = {
  '/Pod': describePod, '/Node': describeNode, '/ReplicationController': workloads.describeReplicaSet, '/Service': networking.describeService, '/Endpoints': networking.describeEndpoints,
  '/ConfigMap': configuration.describeConfigMap, '/Secret': configuration.describeSecret, '/ServiceAccount': configuration.describeServiceAccount, '/Namespace': configuration.describeNamespace, '/ResourceQuota': configuration.describeResourceQuota, '/LimitRange': configuration.describeLimitRange,
  '/PersistentVolume': storage.describePersistentVolume, '/PersistentVolumeClaim': storage.describePersistentVolumeClaim, 'storage.k8s.io/StorageClass': storage.describeStorageClass, 'storage.k8s.io/CSINode': storage.describeCSINode, 'storage.k8s.io/VolumeAttributesClass': storage.describeVolumeAttributesClass,
  'apps/Deployment': workloads.describeDeployment, 'apps/ReplicaSet': workloads.describeReplicaSet, 'apps/DaemonSet': workloads.describeDaemonSet, 'apps/StatefulSet': workloads.describeStatefulSet, 'batch/Job': workloads.describeJob, 'batch/CronJob': workloads.describeCronJob,
  'networking.k8s.io/Ingress': networking.describeIngress, 'networking.k8s.io/IngressClass': storage.describeIngressClass, 'networking.k8s.io/NetworkPolicy': networking.describeNetworkPolicy, 'networking.k8s.io/ServiceCIDR': networking.describeServiceCIDR, 'networking.k8s.io/IPAddress': networking.describeIPAddress, 'discovery.k8s.io/EndpointSlice': networking.describeEndpointSlice,
  'certificates.k8s.io/CertificateSigningRequest': describeCertificateSigningRequest, 'autoscaling/HorizontalPodAutoscaler': describeAutoscaler, 'policy/PodDisruptionBudget': configuration.describePodDisruptionBudget, 'scheduling.k8s.io/PriorityClass': configuration.describePriorityClass,
  'rbac.authorization.k8s.io/Role': configuration.describeRole, 'rbac.authorization.k8s.io/ClusterRole': configuration.describeRole, 'rbac.authorization.k8s.io/RoleBinding': configuration.describeRoleBinding, 'rbac.authorization.k8s.io/ClusterRoleBinding': configuration.describeRoleBinding,
};

/** Described in this version, whichever was asked for. */
const VERSIONS: Readonly<Record<string, string>> = { 'autoscaling/HorizontalPodAutoscaler': 'v2' };

export async function describeObject(context: CommandContext, found: Info): Promise<string> {
  const info = await inDescribedVersion(context, found);
  const nowMs = context.io.clock.now();
  const events = async (): Promise<KubeJson[] | undefined> => (context.flags.bool('show-events') ? eventsOf(context, info) : undefined);
  const describer = DESCRIBERS[`${info.resource.group}/${info.resource.kind}`];
  if (!describer) return describeGeneric(info.object, await events(), nowMs);
  const scope: DescribeScope = { context, nowMs, eventLines: async () => eventLines(await events(), nowMs), list: (resource, namespace, selectors) => listOrNone(context, resource, namespace, selectors) };
  return `${alignTabs((await describer(info.object, scope)).join('\n'), DESCRIBE_TABS)}\n`;
}

async function inDescribedVersion({ connection }: CommandContext, info: Info): Promise<Info> {
  const { group, version, resource: name, kind } = info.resource;
  const wanted = VERSIONS[`${group}/${kind}`];
  const resource = wanted === undefined || wanted === version ? undefined : (await connection.mapper()).find(`${name}.${wanted}.${group}`);
  return resource ? { ...info, resource, object: await connection.get(resource, info.namespace, info.name) } : info;
}

async function eventsOf(context: CommandContext, info: Info): Promise<KubeJson[]> {
  const { connection } = context;
  const resource = (await connection.mapper()).resource('events');
  const uid = mirrorOf(info.object) ?? info.object.metadata.uid ?? '';
  const selectors = [uid, ...(info.object.kind === 'Node' ? [info.name] : [])].map((uid) => `involvedObject.name=${info.name},involvedObject.uid=${uid}`);
  const found = await Promise.all(selectors.map((fieldSelector) => connection.list(resource, info.namespace, { fieldSelector })));
  return found.flat();
}

/** Of a static pod on its node, whose identity its events name; undefined for all other objects. */
function mirrorOf({ kind, metadata }: KubeJson): string | undefined {
  return kind === 'Pod' ? metadata.annotations?.['kubernetes.io/config.mirror'] : undefined;
}

async function listOrNone(context: CommandContext, name: string, namespace: string | undefined, selectors: Parameters<DescribeScope['list']>[2]): Promise<KubeJson[]> {
  const { connection } = context;
  const resource = (await connection.mapper()).find(name);
  if (!resource) return [];
  try {
    return await connection.list(resource, namespace, selectors);
  } catch (error) {
    if (!StatusError.is(error)) throw error;
    return [];
  }
}
