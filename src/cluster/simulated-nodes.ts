import type { Node, Pod, Service } from '../api/generated/core-v1.ts';
import * as refs from '../api/refs.ts';
import type { Component } from '../base/lifecycle.ts';
import { TaskGroup } from '../base/lifecycle.ts';
import { type Client, type Informer, InformerFactory, PartitionedInformer } from '../client/index.ts';
import { Kubelet, type KubeletOptions, ReferencedObjects, SimulatedMachine } from '../kubelet/index.ts';
import { SimulatedRuntime } from '../runtime/index.ts';
import { commonAddresses, SimulatedAddresses } from './simulated-addresses.ts';
import type { SimulatedNode } from './simulated-node-plan.ts';
import type { MeasuredNodes } from './simulated-parts.ts';
import { Supervisor } from './supervisor.ts';
import type { ClusterTools } from './tools.ts';

export interface SimulatedNodesParts {
  readonly nodes: readonly SimulatedNode[];
  /** As somebody who may watch pods, nodes, services, config maps and secrets. */
  readonly client: Client;
  /** As a node. */
  readonly clientOf: (nodeName: string) => Client;
  /** What a node says as its InternalIP. */
  readonly addressOf: (node: SimulatedNode) => string;
  readonly clusterDNS: readonly string[];
  readonly clusterDomain: string;
}

/** How many nodes register at a time: more would only wait for each other at the server. */
const STARTING_AT_ONCE = 32;

/** A node that goes on, and may be made silent. */
interface RunningNode {
  readonly runtime: SimulatedRuntime;
  readonly addresses: SimulatedAddresses;
  kubelet: Kubelet | undefined;
  /** Undefined: silent. */
  supervisor: Supervisor | undefined;
}

/**
 * Nodes without machines, any number of them in this process. Each has a kubelet of its own, the same code that runs real containers, over a simulated
 * runtime; what they watch, they watch together.
 */
export class SimulatedNodes implements Component, MeasuredNodes {
  readonly #parts: SimulatedNodesParts;
  readonly #tools: ClusterTools;
  readonly #informers: InformerFactory;
  readonly #nodes: Informer<Node>;
  readonly #services: Informer<Service>;
  readonly #pods: Informer<Pod>;
  readonly #objects: ReferencedObjects;
  readonly #plans: ReadonlyMap<string, SimulatedNode>;
  readonly #running = new Map<string, RunningNode>();
  readonly #tasks = new TaskGroup();
  readonly #commonAddress = commonAddresses();
  #podsByNode: PartitionedInformer<Pod> | undefined;
  #nodesByName: PartitionedInformer<Node> | undefined;

  constructor(parts: SimulatedNodesParts, tools: ClusterTools) {
    this.#parts = parts;
    this.#tools = tools;
    const { client } = parts;
    this.#plans = new Map(parts.nodes.map((node) => [node.name, node]));
    this.#informers = new InformerFactory({ client, ...tools });
    this.#nodes = this.#informers.informer(refs.nodes);
    this.#services = this.#informers.informer(refs.services);
    this.#pods = this.#informers.informer(refs.pods, { fieldSelector: 'spec.nodeName!=' });
    this.#objects = new ReferencedObjects({ client, ...tools, onChange: (uids) => this.#look([...uids]) });
  }

  get done(): Promise<void> {
    return this.#tasks.done;
  }

  /** Resolves once all nodes are registered. */
  async start(signal: AbortSignal): Promise<void> {
    await this.#informers.start(signal);
    this.#podsByNode = new PartitionedInformer(this.#pods, ({ spec }) => spec.nodeName);
    this.#nodesByName = new PartitionedInformer(this.#nodes, ({ metadata }) => metadata.name);
    const waiting = this.#parts.nodes.values();
    const startSome = async (): Promise<void> => {
      for (const node of waiting) {
        signal.throwIfAborted();
        await this.startNode(node.name);
      }
    };
    await Promise.all(Array.from({ length: STARTING_AT_ONCE }, startSome));
  }

  /** Throws Error for an unknown name. */
  async startNode(name: string): Promise<void> {
    const plan = this.#planOf(name);
    const node = this.#running.get(name) ?? this.#makeNode(plan);
    this.#running.set(name, node);
    if (node.supervisor) return;
    const supervisor = new Supervisor(this.#tools);
    node.supervisor = supervisor;
    await supervisor.add(`kubelet of ${name}`, () => (node.kubelet = new Kubelet(this.#kubeletOptions(plan, node.runtime))), this.#tasks.signal);
  }

  /** Its pods go on in its runtime. Throws Error for an unknown name. */
  async stopNode(name: string): Promise<void> {
    this.#planOf(name);
    const node = this.#running.get(name);
    const supervisor = node?.supervisor;
    if (!node || !supervisor) return;
    node.supervisor = undefined;
    await supervisor[Symbol.asyncDispose]();
    node.kubelet = undefined;
  }

  measure(name: string, signal: AbortSignal): Promise<string> | undefined {
    if (!this.#plans.has(name)) return undefined;
    const kubelet = this.#running.get(name)?.kubelet;
    return kubelet ? kubelet.measure(signal) : Promise.reject(new Error(`node ${name} is silent`));
  }

  #planOf(name: string): SimulatedNode {
    const plan = this.#plans.get(name);
    if (!plan) throw new Error(`there is no simulated node "${name}"; there are: ${[...this.#plans.keys()].slice(0, 5).join(', ')}${this.#plans.size > 5 ? ', ...' : ''}`);
    return plan;
  }

  #makeNode({ name }: SimulatedNode): RunningNode {
    const { clock, random } = this.#tools;
    const addresses = new SimulatedAddresses(() => this.#nodes.lister.get(name)?.spec.podCIDR, this.#commonAddress);
    const runtime = new SimulatedRuntime({ clock, random, allocateIP: addresses.allocate, releaseIP: addresses.release });
    return { runtime, addresses, kubelet: undefined, supervisor: undefined };
  }

  #kubeletOptions(node: SimulatedNode, runtime: SimulatedRuntime): KubeletOptions {
    const { clientOf, addressOf, clusterDNS, clusterDomain } = this.#parts;
    const { name, cpus, memoryBytes, pods, labels, taints } = node;
    const [podsByNode, nodesByName] = [this.#podsByNode, this.#nodesByName];
    if (!podsByNode || !nodesByName) throw new Error('the simulated nodes have not been started');
    return {
      ...this.#tools, client: clientOf(name), runtime, machine: new SimulatedMachine({ hostname: name, cpus, memoryBytes }), nodeName: name, hostname: name,
      internalIPs: [addressOf(node)], labels, taints, maxPods: pods, clusterDNS, clusterDomain,
      shared: { pods: podsByNode.of(name), node: nodesByName.of(name), services: this.#services, objects: this.#objects },
    };
  }

  #look(uids: readonly string[]): void {
    for (const { kubelet } of this.#running.values()) kubelet?.look(uids);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running.values()].map(async ({ supervisor, runtime }) => {
      await supervisor?.[Symbol.asyncDispose]();
      await runtime[Symbol.asyncDispose]();
    }));
    this.#running.clear();
    this.#podsByNode?.[Symbol.dispose]();
    this.#nodesByName?.[Symbol.dispose]();
    await this.#objects[Symbol.asyncDispose]();
    await this.#informers[Symbol.asyncDispose]();
    await this.#tasks.close();
  }
}
