import { failure, internalError, invalid } from '../../../apimachinery/status.ts';
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import { FieldErrors, FieldPath } from '../../../apimachinery/validation/field-errors.ts';
import type { Service } from '../../../api/generated/core-v1.ts';
import { needsHealthCheckPort, needsNodePort } from '../../../api/core/service-strategy.ts';
import type { PortOperation } from './port-operation.ts';

const PORTS = FieldPath.of('spec').child('ports');

/** All ports that a Service holds on every node. */
export function nodePortsOf({ spec }: DeepReadonly<Service>): number[] {
  return [...(spec.ports ?? []).map((port) => port.nodePort ?? 0), spec.healthCheckNodePort ?? 0].filter((port) => port !== 0);
}

/**
 * Takes the node ports that the Service names, and gives it those that it needs besides. Throws 422 for the first that cannot be had; 500 when there are no
 * more, for a health check's port that cannot be had, and for an update that names one twice. Source: pkg/registry/core/service/storage/alloc.go.
 */
export function takeNodePorts(service: Service, before: DeepReadonly<Service> | undefined, operation: PortOperation): void {
  const { spec } = service;
  if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') {
    if (before) takeChanged(service, before, operation);
    else takeNew(service, operation);
  } else for (const port of spec.ports ?? []) if (port.nodePort === 0) delete port.nodePort;
  if (needsHealthCheckPort(spec) && !(before && needsHealthCheckPort(before.spec))) takeHealthCheckPort(service, operation);
}

/** A new Service has one node port for one port of several protocols, unless it names others. */
function takeNew(service: Service, operation: PortOperation): void {
  const ports = service.spec.ports ?? [];
  const byPort = new Map<number, number>();
  for (const [i, one] of ports.entries()) {
    if (!one.nodePort && !needsNodePort(service.spec)) continue;
    const shared = byPort.get(one.port);
    if (shared !== undefined) {
      one.nodePort ||= shared;
      if (one.nodePort !== shared) takeNamed(service, i, one.nodePort, operation);
      continue;
    }
    const named = ports.find(({ port, nodePort }) => port === one.port && nodePort)?.nodePort;
    if (named) takeNamed(service, i, named, operation);
    one.nodePort = named ?? takeAny(operation);
    byPort.set(one.port, one.nodePort);
  }
}

/** One that is changed keeps what it has; each other port gets one of its own. */
function takeChanged(service: Service, before: DeepReadonly<Service>, operation: PortOperation): void {
  const had = new Set((before.spec.ports ?? []).map(({ nodePort }) => nodePort ?? 0));
  const named = new Set<number>();
  const pairs = new Set<string>();
  for (const [i, one] of (service.spec.ports ?? []).entries()) {
    if (!one.nodePort && !needsNodePort(service.spec)) continue;
    if (!one.nodePort) one.nodePort = takeAny(operation);
    else if (!had.has(one.nodePort) && !named.has(one.nodePort)) {
      takeNamed(service, i, one.nodePort, operation);
      named.add(one.nodePort);
    }
    const pair = `{${one.protocol} ${one.nodePort}}`;
    if (pairs.has(pair)) throw failure(500, '', `duplicate nodePort: ${pair}`);
    pairs.add(pair);
  }
}

function takeHealthCheckPort({ spec }: Service, operation: PortOperation): void {
  const named = spec.healthCheckNodePort;
  const why = named ? operation.take(named) : undefined;
  if (why !== undefined) throw internalError(`failed to allocate requested HealthCheck NodePort ${named}: ${why}`);
  if (named) return;
  const port = operation.takeAny();
  if (port === undefined) throw internalError('failed to allocate a HealthCheck NodePort 0: range is full');
  spec.healthCheckNodePort = port;
}

function takeAny(operation: PortOperation): number {
  const port = operation.takeAny();
  if (port === undefined) throw internalError('failed to allocate a nodePort: range is full');
  return port;
}

function takeNamed({ metadata }: Service, index: number, port: number, operation: PortOperation): void {
  const why = operation.take(port);
  if (why === undefined) return;
  const errors = new FieldErrors();
  errors.invalid(PORTS.index(index).child('nodePort'), port, why);
  throw invalid({ group: '', kind: 'Service' }, metadata.name, errors.causes);
}
