/** What an update of a Service keeps and drops. Source: kubernetes pkg/registry/core/service, patchAllocatedValues, NormalizeClusterIPs, dropTypeDependentFields. */
import { isDeepStrictEqual } from 'node:util';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Service, ServiceSpec } from '../generated/core-v1.ts';
import { keepStatus } from '../status-fields.ts';
import { isReachableFromOutside } from './service-defaults.ts';
import { needsClusterIp } from './service-ips.ts';

type Spec = DeepReadonly<ServiceSpec>;

export function prepareNewService(service: Service): void {
  service.status = { loadBalancer: {} };
  const { spec } = service;
  if (spec.clusterIP && (spec.clusterIPs ?? []).length === 0) spec.clusterIPs = [spec.clusterIP];
}

export function prepareChangedService(service: Service, old: DeepReadonly<Service>): void {
  keepStatus(service, old);
  keepAllocated(service.spec, old.spec);
  normalizeIps(service.spec, old.spec);
  dropForeignFields(service.spec, old.spec);
  // What a load balancer has told is over for the client, though it goes later.
  if (service.spec.type !== 'LoadBalancer') service.status.loadBalancer = {};
}

/** A name elsewhere has no traffic inside: what is stored of a policy for it is not shown. Source: pkg/registry/core/service/storage, defaultOnReadInternalTrafficPolicy. */
export function withoutInternalPolicy(service: DeepReadonly<Service>): DeepReadonly<Service> | undefined {
  const { internalTrafficPolicy, ...spec } = service.spec;
  return spec.type === 'ExternalName' && internalTrafficPolicy !== undefined ? { ...service, spec } : undefined;
}

export function needsNodePort(spec: Spec): boolean {
  return spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
}

function mayHaveNodePort({ type }: Spec): boolean {
  return type === 'NodePort' || type === 'LoadBalancer';
}

export function needsHealthCheckPort(spec: Spec): boolean {
  return spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
}

/** A client that sends the object it first wrote does not mean to give back what the server allocated since. */
function keepAllocated(spec: ServiceSpec, old: Spec): void {
  if (needsClusterIp(old) && needsClusterIp(spec)) {
    if (!spec.clusterIP && old.clusterIP) spec.clusterIP = old.clusterIP;
    if ((spec.clusterIPs ?? []).length === 0 && spec.clusterIP === old.clusterIP && old.clusterIPs) spec.clusterIPs = [...old.clusterIPs];
  }
  if (needsNodePort(old) && needsNodePort(spec)) keepNodePorts(spec, old);
  if (needsHealthCheckPort(old) && needsHealthCheckPort(spec) && old.healthCheckNodePort) spec.healthCheckNodePort ||= old.healthCheckNodePort;
}

/** By the ports' names: all else of a port may have changed. */
function keepNodePorts(spec: ServiceSpec, old: Spec): void {
  const known = new Map((old.ports ?? []).map(({ name = '', nodePort }) => [name, nodePort]));
  const used = nodePortsOf(spec);
  for (const port of spec.ports ?? []) {
    const before = known.get(port.name ?? '');
    if (!port.nodePort && before && !used.has(before)) port.nodePort = before;
  }
}

function nodePortsOf({ ports = [] }: Spec): Set<number> {
  return new Set(ports.flatMap(({ nodePort }) => (nodePort ? [nodePort] : [])));
}

function normalizeIps(spec: ServiceSpec, old: Spec): void {
  const isSameList = isDeepStrictEqual(spec.clusterIPs ?? [], old.clusterIPs ?? []);
  if (spec.clusterIP && (spec.clusterIPs ?? []).length === 0) spec.clusterIPs = [spec.clusterIP];
  else if (!spec.clusterIP && old.clusterIP && isSameList) delete spec.clusterIPs;
  else if (spec.clusterIP && spec.clusterIP !== old.clusterIP && isSameList) spec.clusterIPs = [spec.clusterIP];
}

/** What the new type has no use for goes, unless the client set it in the same write: then it is told of. */
function dropForeignFields(spec: ServiceSpec, old: Spec): void {
  const dropIfSame = (...names: (keyof ServiceSpec)[]): void => {
    for (const name of names) if (isDeepStrictEqual(spec[name], old[name])) delete spec[name];
  };
  if (needsClusterIp(old) && !needsClusterIp(spec)) {
    const isSame = spec.clusterIP === old.clusterIP && isDeepStrictEqual(spec.clusterIPs, old.clusterIPs);
    if (isSame) dropIfSame('clusterIP', 'clusterIPs');
    dropIfSame('ipFamilies', 'ipFamilyPolicy', 'internalTrafficPolicy');
  }
  // Ports may come and go meanwhile, as long as none brings a number of its own; that no more are allocated for a load balancer takes none away.
  const goesInside = mayHaveNodePort(old) && !mayHaveNodePort(spec);
  if (goesInside && nodePortsOf(spec).isSubsetOf(nodePortsOf(old))) for (const port of spec.ports ?? []) delete port.nodePort;
  if (needsHealthCheckPort(old) && !needsHealthCheckPort(spec)) dropIfSame('healthCheckNodePort');
  if (old.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') dropIfSame('allocateLoadBalancerNodePorts', 'loadBalancerClass');
  if (isReachableFromOutside(old) && !isReachableFromOutside(spec)) dropIfSame('externalTrafficPolicy');
}
