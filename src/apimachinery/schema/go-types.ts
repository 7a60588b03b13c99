import type { FieldType, ScalarType } from './package.ts';

const SCALAR_TYPES: Readonly<Partial<Record<ScalarType, string>>> = {
  double: 'float64', bytes: '[]uint8', Quantity: 'resource.Quantity', IntOrString: 'intstr.IntOrString', Time: 'v1.Time', MicroTime: 'v1.MicroTime',
  RawExtension: 'runtime.RawExtension', FieldsV1: 'v1.FieldsV1', JSON: 'v1.JSON',
};

/** Lists and maps that have a name of their own in Go, by message and field. */
const NAMED_FIELDS: Readonly<Record<string, string>> = {
  'core.v1.ResourceRequirements.limits': 'v1.ResourceList', 'core.v1.ResourceRequirements.requests': 'v1.ResourceList',
  'core.v1.VolumeResourceRequirements.limits': 'v1.ResourceList', 'core.v1.VolumeResourceRequirements.requests': 'v1.ResourceList',
  'core.v1.NodeStatus.capacity': 'v1.ResourceList', 'core.v1.NodeStatus.allocatable': 'v1.ResourceList',
  'core.v1.PersistentVolumeSpec.capacity': 'v1.ResourceList', 'core.v1.PersistentVolumeClaimStatus.capacity': 'v1.ResourceList',
  'core.v1.ResourceQuotaSpec.hard': 'v1.ResourceList', 'core.v1.PodSpec.overhead': 'v1.ResourceList',
  'core.v1.PodSpec.restartPolicy': 'v1.RestartPolicy', 'core.v1.PodSpec.dnsPolicy': 'v1.DNSPolicy', 'core.v1.PodSpec.preemptionPolicy': 'v1.PreemptionPolicy',
  'core.v1.Container.imagePullPolicy': 'v1.PullPolicy', 'core.v1.Container.terminationMessagePolicy': 'v1.TerminationMessagePolicy',
  'core.v1.ContainerPort.protocol': 'v1.Protocol', 'core.v1.ServicePort.protocol': 'v1.Protocol',
  'core.v1.ServiceSpec.type': 'v1.ServiceType', 'core.v1.ServiceSpec.sessionAffinity': 'v1.ServiceAffinity', 'core.v1.Secret.type': 'v1.SecretType',
  'core.v1.Taint.effect': 'v1.TaintEffect', 'core.v1.Toleration.operator': 'v1.TolerationOperator', 'core.v1.Toleration.effect': 'v1.TaintEffect',
  'meta.v1.ObjectMeta.uid': 'types.UID', 'meta.v1.OwnerReference.uid': 'types.UID', 'apps.v1.DeploymentStrategy.type': 'v1.DeploymentStrategyType',
};

/** The name of a type in Go, as `cannot unmarshal ... of type T` prints it. */
export function goType(type: FieldType): string {
  switch (type.kind) {
    case 'list': return `[]${goType(type.items)}`;
    case 'map': return `map[string]${goType(type.values)}`;
    case 'message': return type.message.split('.').slice(-2).join('.');
    case 'scalar': return SCALAR_TYPES[type.scalar] ?? type.scalar;
  }
}

export function goFieldType(message: string, field: string, type: FieldType): string {
  return NAMED_FIELDS[`${message}.${field}`] ?? goType(type);
}
