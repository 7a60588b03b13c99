import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatusError } from '../../../apimachinery/status.ts';
import type { Service, ServicePort, ServiceSpec } from '../../../api/generated/core-v1.ts';
import { SystemRandom } from '../../../base/random.ts';
import { takeNodePorts } from './node-ports.ts';
import { NumberPool } from './number-pool.ts';
import { PortOperation } from './port-operation.ts';

const range = { first: 31_000, last: 31_099 };
const TAKEN = 31_007;

function take(spec: Partial<ServiceSpec>, { old, dryRun = false, held = [TAKEN] }: { old?: Partial<ServiceSpec>; dryRun?: boolean; held?: number[] } = {}): { spec: ServiceSpec; nodePorts: (number | undefined)[]; pool: NumberPool } {
  const pool = new NumberPool({ ...range, random: new SystemRandom() });
  for (const port of held) pool.take(port);
  const of = (one: Partial<ServiceSpec>): Service => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: one, status: {} }) as unknown as Service;
  const service = of(spec);
  takeNodePorts(service, old && of(old), new PortOperation({ pool, range, dryRun, onAllocation: () => {} }));
  return { spec: service.spec, nodePorts: (service.spec.ports ?? []).map(({ nodePort }) => nodePort), pool };
}

const tcp = (port: number, nodePort?: number): ServicePort => ({ name: `t${port}`, protocol: 'TCP', port, targetPort: port, ...(nodePort !== undefined && { nodePort }) });
const udp = (port: number, nodePort?: number): ServicePort => ({ ...tcp(port, nodePort), name: `u${port}`, protocol: 'UDP' });
const LOCAL = { type: 'LoadBalancer', externalTrafficPolicy: 'Local', allocateLoadBalancerNodePorts: false } as const;

test('a new service has one node port for a port of two protocols, the named one if there is one', () => {
  const [a, b, c] = take({ type: 'NodePort', ports: [tcp(53), udp(53), tcp(80)] }).nodePorts;
  assert.equal(a, b);
  assert.notEqual(a, c);
  assert.deepEqual(take({ type: 'NodePort', ports: [tcp(53), udp(53, 31_050)] }).nodePorts, [31_050, 31_050]);
  assert.deepEqual(take({ type: 'NodePort', ports: [tcp(53, 31_051), udp(53, 31_050)] }).nodePorts, [31_051, 31_050]);
});

test('a service that gets node ports later has one for each of its ports', () => {
  const [a, b] = take({ type: 'NodePort', ports: [tcp(53), udp(53)] }, { old: { type: 'ClusterIP', ports: [tcp(53), udp(53)] } }).nodePorts;
  assert.ok(a !== undefined && b !== undefined && a !== b);
});

test('a load balancer without node ports gets those that it names', () => {
  assert.deepEqual(take({ type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports: [tcp(80), tcp(81, 31_040)] }).nodePorts, [undefined, 31_040]);
});

test('a change keeps what the service has, and may give one number to two protocols', () => {
  assert.deepEqual(take({ type: 'NodePort', ports: [tcp(80, TAKEN)] }, { old: { type: 'NodePort', ports: [tcp(80, TAKEN)] } }).nodePorts, [TAKEN]);
  assert.deepEqual(take({ type: 'NodePort', ports: [tcp(80, 31_060), udp(81, 31_060)] }, { old: { type: 'NodePort', ports: [tcp(80, TAKEN)] } }).nodePorts, [31_060, 31_060]);
});

test('a dry run takes nothing, counts on from the highest, and knows no range', () => {
  const { nodePorts, pool } = take({ type: 'NodePort', ports: [tcp(80), tcp(81)] }, { dryRun: true });
  assert.deepEqual(nodePorts, [32_769, 32_770]);
  assert.equal(pool.held, 1);
  assert.deepEqual(take({ type: 'NodePort', ports: [tcp(80, 31_020), tcp(81), tcp(82, 99)] }, { dryRun: true }).nodePorts, [31_020, 31_021, 99]);
});

test('a port for health checks is taken once, and named or any', () => {
  const { spec, pool } = take({ ...LOCAL, ports: [tcp(80)] });
  assert.ok(pool.isHeld(spec.healthCheckNodePort ?? 0));
  assert.equal(take({ ...LOCAL, healthCheckNodePort: 31_030, ports: [tcp(80)] }).pool.isHeld(31_030), true);
  assert.equal(take({ ...LOCAL, healthCheckNodePort: TAKEN, ports: [tcp(80)] }, { old: { ...LOCAL, healthCheckNodePort: TAKEN, ports: [tcp(80)] } }).pool.held, 1);
});

const all = Array.from({ length: 100 }, (_, i) => range.first + i);
for (const { name, spec, old, held, code, message } of [
  { name: 'taken', spec: { type: 'NodePort', ports: [tcp(79), tcp(80, TAKEN), tcp(81, 1)] }, code: 422, message: 'Service "web" is invalid: spec.ports[1].nodePort: Invalid value: 31007: provided port is already allocated' },
  { name: 'out of range', spec: { type: 'NodePort', ports: [tcp(80, 80)] }, code: 422, message: 'Service "web" is invalid: spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 31000-31099' },
  { name: 'one number for two ports of a new service', spec: { type: 'NodePort', ports: [tcp(80, 31_020), udp(81, 31_020)] }, code: 422, message: 'Service "web" is invalid: spec.ports[1].nodePort: Invalid value: 31020: provided port is already allocated' },
  { name: 'one number twice in a change', spec: { type: 'NodePort', ports: [tcp(80, 31_020), tcp(81, 31_020)] }, old: { type: 'NodePort', ports: [tcp(80, 31_020)] }, code: 500, message: 'duplicate nodePort: {TCP 31020}' },
  { name: 'none left', spec: { type: 'NodePort', ports: [tcp(80)] }, held: all, code: 500, message: 'Internal error occurred: failed to allocate a nodePort: range is full' },
  { name: 'health checks at a port that is taken', spec: { ...LOCAL, healthCheckNodePort: TAKEN, ports: [tcp(80)] }, code: 500, message: 'Internal error occurred: failed to allocate requested HealthCheck NodePort 31007: provided port is already allocated' },
  { name: 'health checks out of range', spec: { ...LOCAL, healthCheckNodePort: 80, ports: [tcp(80)] }, old: { type: 'ClusterIP', ports: [tcp(80)] }, code: 500, message: 'Internal error occurred: failed to allocate requested HealthCheck NodePort 80: provided port is not in the valid range. The range of valid ports is 31000-31099' },
  { name: 'health checks when none is left', spec: { ...LOCAL, ports: [tcp(80)] }, held: all, code: 500, message: 'Internal error occurred: failed to allocate a HealthCheck NodePort 0: range is full' },
] as { name: string; spec: Partial<ServiceSpec>; old?: Partial<ServiceSpec>; held?: number[]; code: number; message: string }[]) {
  test(`refused: ${name}`, () => {
    assert.throws(() => take(spec, { ...(old && { old }), ...(held && { held }) }), (error) => {
      assert.ok(error instanceof StatusError);
      assert.deepEqual([error.status.code, error.status.message], [code, message]);
      return true;
    });
  });
}
