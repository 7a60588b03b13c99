/**
 * Some messages print an object as Kubernetes' server holds it in memory: capitalized field names, absent pointers as null, zero values
 * spelt out. These follow from the catalogue, but for the few names and orders below. Source: kubernetes pkg/apis (the internal types).
 */
import type { FieldSchema, MessageSchema } from '../apimachinery/schema/package.ts';
import { podSecurityFields } from './core/pod-spec/security-fields.ts';
import { schemas } from './schemas.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Names that are no plain capitalization. */
const NAMES: Readonly<Record<string, string>> = {
  apiGroup: 'APIGroup', apiVersion: 'APIVersion', awsElasticBlockStore: 'AWSElasticBlockStore', cel: 'CEL', cephfs: 'CephFS', csi: 'CSI', dnsConfig: 'DNSConfig',
  dnsPolicy: 'DNSPolicy', fc: 'FC', fsGroup: 'FSGroup', fsGroupChangePolicy: 'FSGroupChangePolicy', fsType: 'FSType',
  gcePersistentDisk: 'GCEPersistentDisk', gmsaCredentialSpec: 'GMSACredentialSpec', gmsaCredentialSpecName: 'GMSACredentialSpecName', grpc: 'GRPC',
  httpGet: 'HTTPGet', httpHeaders: 'HTTPHeaders', ip: 'IP', iqn: 'IQN', iscsi: 'ISCSI', nfs: 'NFS', os: 'OS', pdName: 'PDName', rbd: 'RBD',
  seLinuxChangePolicy: 'SELinuxChangePolicy', seLinuxOptions: 'SELinuxOptions', storageos: 'StorageOS', tcpSocket: 'TCPSocket',
  ttlSecondsAfterFinished: 'TTLSecondsAfterFinished', tty: 'TTY', uid: 'UID', wwids: 'WWIDs',
};

/** Where the fields stand in another order in memory, or only some of them; names as on the wire. */
const ORDERS: Readonly<Record<string, readonly string[]>> = {
  'core.v1.PodSpec': [
    'volumes', 'initContainers', 'containers', 'ephemeralContainers', 'restartPolicy', 'terminationGracePeriodSeconds', 'activeDeadlineSeconds',
    'dnsPolicy', 'nodeSelector', 'serviceAccountName', 'automountServiceAccountToken', 'nodeName', 'securityContext', 'imagePullSecrets', 'hostname',
    'subdomain', 'setHostnameAsFQDN', 'affinity', 'schedulerName', 'tolerations', 'hostAliases', 'priorityClassName', 'priority', 'preemptionPolicy',
    'dnsConfig', 'readinessGates', 'runtimeClassName', 'overhead', 'enableServiceLinks', 'topologySpreadConstraints', 'os', 'schedulingGates',
    'resourceClaims', 'resources', 'hostnameOverride', 'schedulingGroup',
  ],
  'core.v1.Volume': [
    'name', 'hostPath', 'emptyDir', 'gcePersistentDisk', 'awsElasticBlockStore', 'gitRepo', 'secret', 'nfs', 'iscsi', 'glusterfs',
    'persistentVolumeClaim', 'rbd', 'quobyte', 'flexVolume', 'cinder', 'cephfs', 'flocker', 'downwardAPI', 'fc', 'azureFile', 'configMap',
    'vsphereVolume', 'azureDisk', 'photonPersistentDisk', 'projected', 'portworxVolume', 'scaleIO', 'storageos', 'csi', 'ephemeral', 'image',
  ],
};

/** An object of `message` (`core.v1.PodSpec`) as the server's memory has it; undefined becomes null. `names`: only these fields, in this order. */
export function goForm(message: string, value: unknown, names: readonly string[] | undefined = ORDERS[message]): unknown {
  if (value === undefined || value === null) return null;
  if (message.startsWith('meta.v1.')) return value;
  const schema = schemas.message(message);
  const fields = value as Fields;
  const out: Record<string, unknown> = {};
  const order = names?.map((name) => schema.byName.get(name)) ?? schema.fields;
  for (const field of order) {
    if (!field) continue;
    if (message === 'core.v1.PodSpec' && field.name === 'securityContext') out['SecurityContext'] = podSecurityForm(fields);
    else if (isEmbeddedMeta(field, schema)) Object.assign(out, fields[field.name]);
    else out[goName(field.name)] = fieldForm(field, fields[field.name]);
  }
  return out;
}

function isEmbeddedMeta(field: FieldSchema, schema: MessageSchema): boolean {
  return field.name === 'metadata' && schema.byName.get('metadata') === field;
}

/** What a pod shares with its host stands in its security context there. */
function podSecurityForm(spec: Fields): unknown {
  const own = goForm('core.v1.PodSecurityContext', spec['securityContext'] ?? {}) as Record<string, unknown>;
  return Object.fromEntries(podSecurityFields.map(({ name, onSpec, zero }) => [goName(name), onSpec ? (spec[name] ?? zero) : own[goName(name)]]));
}

function goName(name: string): string {
  return Object.hasOwn(NAMES, name) ? (NAMES[name] as string) : name.charAt(0).toUpperCase() + name.slice(1);
}

function fieldForm({ type, omitZero, required, openapiDefault }: FieldSchema, value: unknown): unknown {
  if (type.kind === 'message') return value === undefined && JSON.stringify(openapiDefault) === '{}' ? goForm(type.message, {}) : goForm(type.message, value);
  if (value === undefined || value === null) return type.kind === 'scalar' && (omitZero || required) ? zero(type.scalar) : null;
  if (type.kind === 'list' && type.items.kind === 'message') {
    const { message } = type.items;
    return (value as unknown[]).map((item) => goForm(message, item));
  }
  if (type.kind === 'map') return Object.fromEntries(Object.entries(value as Fields).sort(([a], [b]) => (a < b ? -1 : 1)));
  return value;
}

function zero(scalar: string): unknown {
  switch (scalar) {
    case 'bool': return false;
    case 'int32':
    case 'int64':
    case 'double': return 0;
    case 'Quantity': return '0';
    case 'string': return '';
    default: return null;
  }
}
