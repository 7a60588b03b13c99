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
}

export function needsNodePort(spec: Spec): boolean {
  return spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
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

function keepNodePorts(spec: ServiceSpec, old: Spec): void {
  const key = (port: { readonly protocol?: string; readonly port: number }): string => `${port.protocol}/${port.port}`;
  const known = new Map((old.ports ?? []).map((port) => [key(port), port.nodePort]));
  const used = new Set((spec.ports ?? []).map((port) => `${port.protocol}/${port.nodePort}`));
  for (const port of spec.ports ?? []) {
    const before = known.get(key(port));
    if (!port.nodePort && before && !used.has(`${port.protocol}/${before}`)) port.nodePort = before;
  }
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
  if (needsNodePort(old) && !needsNodePort(spec)) {
    const ports = (one: Spec): unknown => (one.ports ?? []).map((port) => port.nodePort ?? 0);
    if (isDeepStrictEqual(ports(spec), ports(old))) for (const port of spec.ports ?? []) delete port.nodePort;
  }
  if (needsHealthCheckPort(old) && !needsHealthCheckPort(spec)) dropIfSame('healthCheckNodePort');
  if (old.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') dropIfSame('allocateLoadBalancerNodePorts', 'loadBalancerClass');
  if (isReachableFromOutside(old) && !isReachableFromOutside(spec)) dropIfSame('externalTrafficPolicy');
}
