import type { Pod, Service, ServicePort } from '../api/generated/core-v1.ts';
import type { DeepReadonly } from '../apimachinery/meta.ts';
import { matchesLabels } from '../component-helpers/label-selector.ts';
import { isPodTerminal } from '../component-helpers/pod-state.ts';

/** Rules on which pods stand behind a Service, that EndpointSlices and Endpoints share. */

export type IPFamily = 'IPv4' | 'IPv6';

export interface NamedPort {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
  readonly appProtocol?: string;
}

/** Whether a controller makes endpoints for the Service: one without selector has its own, an external name none. */
export function hasEndpoints({ spec }: DeepReadonly<Service>): boolean {
  return spec.type !== 'ExternalName' && Object.keys(spec.selector ?? {}).length > 0;
}

export function isSelected({ spec }: DeepReadonly<Service>, { metadata }: DeepReadonly<Pod>): boolean {
  return matchesLabels(spec.selector, metadata.labels);
}

export function isHeadless({ spec }: DeepReadonly<Service>): boolean {
  return spec.clusterIP === 'None';
}

/** A pod counts while it has an address and its containers may still run. */
export function mayServe(pod: DeepReadonly<Pod>): boolean {
  return !isPodTerminal(pod) && addressesOf(pod).length > 0;
}

export function addressesOf({ status }: DeepReadonly<Pod>): readonly string[] {
  if (status.podIPs?.length) return status.podIPs.map(({ ip }) => ip);
  return status.podIP ? [status.podIP] : [];
}

export function addressOf(pod: DeepReadonly<Pod>, family: IPFamily): string | undefined {
  return addressesOf(pod).find((ip) => ip.includes(':') === (family === 'IPv6'));
}

/** The name under which DNS knows the pod: only for the governing Service of its subdomain. */
export function hostnameOf(pod: DeepReadonly<Pod>, { metadata }: DeepReadonly<Service>): string | undefined {
  const { hostname, subdomain } = pod.spec;
  return hostname && subdomain === metadata.name && pod.metadata.namespace === metadata.namespace ? hostname : undefined;
}

/** The ports of the Service at this pod; one whose name the pod does not have is left out. Source: getEndpointPorts. */
export function portsAt({ spec }: DeepReadonly<Service>, pod: DeepReadonly<Pod>): NamedPort[] {
  const ports: NamedPort[] = [];
  for (const servicePort of spec.ports ?? []) {
    const port = containerPort(pod, servicePort);
    if (port === undefined) continue;
    const { name = '', protocol = 'TCP', appProtocol } = servicePort;
    ports.push({ name, protocol, port, ...(appProtocol !== undefined && { appProtocol }) });
  }
  return ports;
}

/** Source: pkg/api/pod, FindPort. Sidecars count as containers. */
function containerPort({ spec }: DeepReadonly<Pod>, { targetPort, port, protocol = 'TCP' }: DeepReadonly<ServicePort>): number | undefined {
  if (targetPort === undefined || targetPort === 0 || targetPort === '') return port;
  if (typeof targetPort === 'number') return targetPort;
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  for (const { ports } of [...spec.containers, ...sidecars]) {
    const found = ports?.find((one) => one.name === targetPort && (one.protocol ?? 'TCP') === protocol);
    if (found) return found.containerPort;
  }
  return undefined;
}

/** A text that is equal for equal sets of ports. */
export function portsKey(ports: readonly NamedPort[]): string {
  const texts = ports.map(({ name, protocol, port, appProtocol }) => JSON.stringify([name, protocol, port, appProtocol ?? null]));
  return texts.sort().join(',');
}

/** When the newest of these last changed what endpoints depend on, for `last-change-trigger-time`: the Service's creation or a pod's readiness. */
export function lastTriggerTime(service: DeepReadonly<Service>, pods: readonly DeepReadonly<Pod>[]): string {
  let newest = service.metadata.creationTimestamp;
  for (const pod of pods) {
    const ready = pod.status.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime;
    if (ready !== undefined && ready > newest) newest = ready;
  }
  return newest;
}
