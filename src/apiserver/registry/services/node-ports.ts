import { internalError } from '../../../apimachinery/status.ts';
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../../apimachinery/validation/field-errors.ts';
import type { Service, ServicePort } from '../../../api/generated/core-v1.ts';
import { needsHealthCheckPort, needsNodePort } from '../../../api/core/service-strategy.ts';
import type { AllocationScope } from './allocation-metrics.ts';
import type { NumberPool } from './number-pool.ts';

const SPEC = FieldPath.of('spec');

export interface NodePortRange {
  readonly first: number;
  readonly last: number;
}

export interface PortRequest {
  readonly before: DeepReadonly<Service> | undefined;
  readonly pool: NumberPool;
  readonly range: NodePortRange;
  /** Filled with what has been taken of the pool. */
  readonly taken: Set<number>;
  readonly errors: FieldErrors;
  /** Told of every allocation. */
  readonly onAllocation: (scope: AllocationScope, isDone: boolean) => void;
}

/** All ports that a Service holds on every node. */
export function nodePortsOf({ spec }: DeepReadonly<Service>): number[] {
  return [...(spec.ports ?? []).map((port) => port.nodePort ?? 0), spec.healthCheckNodePort ?? 0].filter((port) => port !== 0);
}

/** Takes the node ports that the Service names, and gives it those that it needs besides. Throws 500 when there are no more. */
export function takeNodePorts(service: Service, request: PortRequest): void {
  const { before, pool, taken } = request;
  const had = new Set(before ? nodePortsOf(before) : []);
  const { spec } = service;
  if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') {
    for (const [i, port] of (spec.ports ?? []).entries()) {
      if (port.nodePort) takeNamed(port.nodePort, SPEC.child('ports').index(i).child('nodePort'), had, request);
    }
    if (needsNodePort(spec)) for (const port of spec.ports ?? []) port.nodePort ||= sharedPort(service, port) ?? takeAny(request);
  } else for (const port of spec.ports ?? []) if (port.nodePort === 0) delete port.nodePort;
  if (!needsHealthCheckPort(spec)) return;
  if (!spec.healthCheckNodePort) spec.healthCheckNodePort = takeAny(request);
  else if (!had.has(spec.healthCheckNodePort) && pool.take(spec.healthCheckNodePort)) taken.add(spec.healthCheckNodePort);
}

function takeAny({ pool, taken, onAllocation }: PortRequest): number {
  const port = pool.takeAny();
  onAllocation('dynamic', port !== undefined);
  if (port === undefined) throw internalError('failed to allocate a nodePort: range is full');
  taken.add(port);
  return port;
}

function takeNamed(port: number, at: FieldPath, had: ReadonlySet<number>, { pool, range, taken, errors, onAllocation }: PortRequest): void {
  if (had.has(port) || taken.has(port)) return;
  const isDone = pool.holds(port) && pool.take(port);
  onAllocation('static', isDone);
  if (isDone) taken.add(port);
  else if (!pool.holds(port)) errors.invalid(at, port, `provided port is not in the valid range. The range of valid ports is ${range.first}-${range.last}`);
  else errors.invalid(at, port, 'provided port is already allocated');
}

/** The same port of TCP and UDP has the same node port. */
function sharedPort(service: Service, port: ServicePort): number | undefined {
  return service.spec.ports?.find((other) => other !== port && other.nodePort && other.port === port.port && other.protocol !== port.protocol)?.nodePort;
}
