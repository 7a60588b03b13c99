/** What absent fields of a Service mean. Source: kubernetes pkg/apis/core/v1/defaults.go, SetDefaults_Service. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Service, ServicePort, ServiceSpec } from '../generated/core-v1.ts';

const AFFINITY_SECONDS = 10_800;

export function defaultService(service: Service): void {
  const { spec } = service;
  spec.sessionAffinity ??= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === 'ClientIP') {
    const { timeoutSeconds = AFFINITY_SECONDS } = spec.sessionAffinityConfig?.clientIP ?? {};
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds } };
  }
  spec.type ??= 'ClusterIP';
  for (const port of spec.ports ?? []) defaultPort(port);
  if (isReachableFromOutside(spec)) spec.externalTrafficPolicy ??= 'Cluster';
  if (spec.type !== 'ExternalName') spec.internalTrafficPolicy ??= 'Cluster';
  if (spec.type !== 'LoadBalancer') return;
  spec.allocateLoadBalancerNodePorts ??= true;
  for (const ingress of service.status?.loadBalancer?.ingress ?? []) if (ingress.ip) ingress.ipMode ??= 'VIP';
}

function defaultPort(port: ServicePort): void {
  port.protocol ??= 'TCP';
  if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') port.targetPort = port.port;
}

/** Whether traffic from outside of the cluster may arrive: only then there is a policy for it. */
export function isReachableFromOutside(spec: DeepReadonly<ServiceSpec>): boolean {
  return spec.type === 'NodePort' || spec.type === 'LoadBalancer' || (spec.type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0);
}
