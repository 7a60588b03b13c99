import type { Node } from '../../api/generated/core-v1.ts';
import { nodes } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Client } from '../../client/client.ts';
import { Controller } from '../../client/controller.ts';
import { type EventRecorder, referenceTo } from '../../client/event-recorder.ts';
import type { Lister } from '../../client/lister.ts';
import { type ControllerContext, type ControllerOptions, recorderFor } from '../context.ts';
import { isIPv6CIDR, nextFreeCIDR } from './cidr-ranges.ts';

/** Gives every node its ranges of pod addresses, one of each cluster range. */
export class NodeIpamController extends Controller {
  readonly #client: Client;
  readonly #options: ControllerOptions;
  readonly #nodes: Lister<Node>;
  readonly #recorder: EventRecorder;
  /** Who has which range, from the cache and from our own writes that it has not shown yet. */
  readonly #holders = new Map<string, string>();
  /** By cluster range, what was given last. */
  readonly #lastGiven = new Map<string, string>();
  /** What was chosen for nodes whose write may not have been seen. */
  readonly #chosen = new Map<string, readonly string[]>();

  constructor(context: ControllerContext) {
    super({ name: 'node-ipam-controller', clock: context.clock, logger: context.logger, workers: 1 });
    this.#client = context.client;
    this.#options = context.options;
    this.#nodes = this.watch(context.informers.informer(nodes), (node, { before, after }) => {
      if (node === before && !after) this.#forget(node);
      if (node === after) for (const cidr of node.spec.podCIDRs ?? []) this.#holders.set(cidr, node.metadata.name);
      return node === after && !node.spec.podCIDR ? [node.metadata.name] : [];
    }).lister;
    this.#recorder = this.owns(recorderFor(context, 'cidrAllocator'));
  }

  #forget(node: DeepReadonly<Node>): void {
    this.#chosen.delete(node.metadata.name);
    for (const [cidr, holder] of this.#holders) if (holder === node.metadata.name) this.#holders.delete(cidr);
  }

  protected async reconcile(name: string, signal: AbortSignal): Promise<undefined> {
    const node = this.#nodes.get(name);
    if (!node || node.spec.podCIDR || this.#options.clusterCIDRs.length === 0) return;
    const podCIDRs = this.#allocate(name);
    if (!podCIDRs) {
      this.#recorder.normal(referenceTo(nodes, node), 'CIDRNotAvailable', `Node ${name} status is now: CIDRNotAvailable`);
      throw new Error(`no range of pod addresses is left for node ${name}`);
    }
    await this.#client.resource(nodes).patch(name, { type: 'strategic', patch: { spec: { podCIDR: podCIDRs[0], podCIDRs } } }, { signal });
  }

  /** What an earlier attempt chose stays the node's: whether it was written may be unknown. */
  #allocate(name: string): string[] | undefined {
    const known = this.#chosen.get(name);
    if (known?.every((cidr) => this.#holders.get(cidr) === name)) return [...known];
    const chosen: string[] = [];
    for (const cluster of this.#options.clusterCIDRs) {
      const isV6 = isIPv6CIDR(cluster);
      const bits = isV6 ? this.#options.nodeCIDRMaskSizeIPv6 : this.#options.nodeCIDRMaskSizeIPv4;
      const isTaken = (cidr: string): boolean => (this.#holders.get(cidr) ?? name) !== name;
      const cidr = nextFreeCIDR(cluster, bits, isTaken, this.#options.serviceCIDRs, this.#lastGiven.get(cluster));
      if (!cidr) return undefined;
      chosen.push(cidr);
      this.#lastGiven.set(cluster, cidr);
    }
    for (const cidr of chosen) this.#holders.set(cidr, name);
    this.#chosen.set(name, chosen);
    return chosen;
  }
}
