import { Counter, Gauge, labelValue, type Metric } from '../../../base/metrics.ts';
import type { AddressRange } from './address-range.ts';

/** Whether a Service asked for what it got by name. */
export type AllocationScope = 'static' | 'dynamic';

export interface AllocationState {
  readonly ranges: () => readonly AddressRange[];
  /** All addresses that Services have. */
  readonly addresses: () => readonly string[];
  /** How many node ports Services have, of how many. */
  readonly ports: () => { readonly held: number; readonly size: number };
}

/** Addresses and node ports of Services, in the names of kube-apiserver's metrics. Source: pkg/registry/core/service/ipallocator and portallocator, metrics.go. */
export class AllocationMetrics implements Metric {
  readonly #ips = allocations('clusterip', 'Cluster IPs');
  readonly #ports = allocations('nodeport', 'NodePort');
  readonly #gauges: readonly Gauge[];

  constructor({ ranges, addresses, ports }: AllocationState) {
    const held = (range: AddressRange): number => addresses().filter((ip) => range.holds(ip)).length;
    const byRange = (value: (range: AddressRange) => number): (readonly [string, number])[] => ranges().map((range) => [`cidr="${labelValue(range.cidr)}"`, value(range)] as const);
    this.#gauges = [
      new Gauge({ name: 'kube_apiserver_clusterip_allocator_allocated_ips', help: 'Gauge measuring the number of allocated IPs for Services' }, () => byRange(held)),
      new Gauge({ name: 'kube_apiserver_clusterip_allocator_available_ips', help: 'Gauge measuring the number of available IPs for Services' }, () => byRange((range) => range.size - held(range))),
      new Gauge({ name: 'kube_apiserver_nodeport_allocator_allocated_ports', help: 'Gauge measuring the number of allocated NodePorts for Services' }, () => [['', ports().held]]),
      new Gauge({ name: 'kube_apiserver_nodeport_allocator_available_ports', help: 'Gauge measuring the number of available NodePorts for Services' }, () => [['', ports().size - ports().held]]),
    ];
  }

  address(cidr: string, scope: AllocationScope, isDone: boolean): void {
    this.#ips[isDone ? 'done' : 'failed'].add(`cidr="${labelValue(cidr)}",scope="${scope}"`);
  }

  port(scope: AllocationScope, isDone: boolean): void {
    this.#ports[isDone ? 'done' : 'failed'].add(`scope="${scope}"`);
  }

  text(): string {
    return [this.#ips.done, this.#ips.failed, this.#ports.done, this.#ports.failed, ...this.#gauges].map((one) => one.text()).join('');
  }
}

function allocations(what: 'clusterip' | 'nodeport', words: string): { readonly done: Counter; readonly failed: Counter } {
  return {
    done: new Counter({ name: `kube_apiserver_${what}_allocator_allocation_total`, help: `Number of ${words} allocations` }),
    failed: new Counter({ name: `kube_apiserver_${what}_allocator_allocation_errors_total`, help: `Number of errors trying to allocate ${words}` }),
  };
}
