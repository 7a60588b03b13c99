import { addressAt, parseRange4 } from '../base/ipv4.ts';
import type { Component } from '../base/lifecycle.ts';
import { Client } from '../client/client.ts';
import { ImpersonatingTransport } from '../client/impersonating-transport.ts';
import { LimitedTransport } from '../client/limited-transport.ts';
import type { Transport } from '../client/transport.ts';
import { readConfiguration } from './cluster-configuration.ts';
import type { SimulatedNodesOptions } from './embedding.ts';
import { planSimulatedNodes, type SimulatedNode } from './simulated-node-plan.ts';
import { SimulatedNodes } from './simulated-nodes.ts';
import { dnsServiceAddress } from './system-objects.ts';
import type { ClusterTools } from './tools.ts';

export interface SimulatedAgentOptions {
  /** As somebody who may be any node: `simulator-identity.ts`, or an administrator. Stays its giver's. */
  readonly transport: Transport;
  readonly nodes: SimulatedNodesOptions;
  readonly userAgent: string;
}

/** How many requests are under way at a time, whatever the number of nodes. */
const LIMITS = { requests: 32, heartbeats: 8 };
/** Each simulated node has an address of its own, within this machine. */
const ADDRESSES = parseRange4('127.64.0.0/10');

/** The InternalIP of a simulated node: it leads nowhere beyond this machine. */
export function simulatedNodeAddress({ index }: SimulatedNode): string {
  return addressAt(ADDRESSES, index);
}

/** The process that simulates nodes of a cluster elsewhere: one connection for all that they watch, a few for all that they write. */
export class SimulatedAgent implements Component {
  readonly #options: SimulatedAgentOptions;
  readonly #tools: ClusterTools;
  readonly #plans: readonly SimulatedNode[];
  #nodes: SimulatedNodes | undefined;

  /** Throws RangeError for nodes that cannot be. */
  constructor(options: SimulatedAgentOptions, tools: ClusterTools) {
    this.#options = options;
    this.#tools = tools;
    this.#plans = planSimulatedNodes(options.nodes);
  }

  get done(): Promise<void> {
    return this.#nodes?.done ?? Promise.resolve();
  }

  /** Resolves once all nodes are registered. */
  async start(signal: AbortSignal): Promise<void> {
    const { userAgent } = this.#options;
    const transport = new LimitedTransport(this.#options.transport, LIMITS);
    const { clock } = this.#tools;
    const client = new Client({ transport, clock, userAgent });
    const clientOf = (name: string): Client => new Client({ transport: new ImpersonatingTransport(transport, `system:node:${name}`), clock, userAgent });
    const [first = { name: '' }] = this.#plans;
    const { serviceRanges, clusterDomain } = await readConfiguration(clientOf(first.name), signal);
    const parts = { nodes: this.#plans, client, clientOf, addressOf: simulatedNodeAddress, clusterDNS: [dnsServiceAddress(serviceRanges)], clusterDomain };
    this.#nodes = new SimulatedNodes(parts, this.#tools);
    await this.#nodes.start(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#nodes?.[Symbol.asyncDispose]();
  }
}
