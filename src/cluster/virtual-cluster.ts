import { parseGoDuration } from '../apimachinery/go-duration.ts';
import { addressAt, parseRange4 } from '../base/ipv4.ts';
import { silentLogger, TextLogger } from '../base/logger.ts';
import { SeededRandom } from '../base/random.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import type { Node } from '../api/generated/core-v1.ts';
import { Client } from '../client/client.ts';
import { seededKeys } from '../pki/index.ts';
import { MemoryStore } from '../storage/memory/memory-store.ts';
import { defaultServerOptions } from './default-server-options.ts';
import type { ApiEvent, ApiRequestOptions, VirtualCluster, VirtualClusterOptions, VirtualTime } from './embedding.ts';
import { InProcessApi } from './in-process-api.ts';
import { loadLateModules } from './late-modules.ts';
import type { ServerOptions } from './server-options.ts';
import { Server } from './server.ts';
import { planSimulatedNodes, type SimulatedNode } from './simulated-node-plan.ts';
import { SimulatedNodes } from './simulated-nodes.ts';
import { isNodeInUse } from './simulated-nodes-ready.ts';
import { rangeForNodes, nodeClients } from './simulated-nodes-beside.ts';
import { dnsServiceAddress } from './system-objects.ts';
import type { ClusterTools } from './tools.ts';
import { WriteLog } from './write-log.ts';

/** As if it were a machine of its own: none of this depends on the one that runs the simulation. */
const PLACE = { dataDir: '', store: 'memory', bindAddress: '10.0.0.1', port: 6443, advertiseAddress: '10.0.0.1' } as const;
/** The addresses of nodes. */
const NODE_RANGE = parseRange4('10.1.0.0/16');
const HOSTNAME = 'master';
const START_LIMIT_MS = 600_000;
const UNTIL_LIMIT_MS = 3_600_000;
const LARGEST_SEED = Number.MAX_SAFE_INTEGER;

/** Milliseconds of a duration of the caller's. Throws RangeError. */
function durationMs(duration: number | string): number {
  const ms = typeof duration === 'number' ? duration : parseGoDuration(duration);
  if (!(ms >= 0) || ms === Infinity) throw new RangeError(`${JSON.stringify(duration)} is no duration; give milliseconds, or a text such as "40s" or "1h30m"`);
  return ms;
}

function startMs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new RangeError(`startTime: ${JSON.stringify(text)} is no time; give one such as 2026-01-01T00:00:00Z`);
  return ms;
}

class Time implements VirtualTime {
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  async advance(duration: number | string): Promise<void> {
    await this.#clock.advance(durationMs(duration));
  }

  async until(condition: () => boolean | Promise<boolean>, limit: number | string = UNTIL_LIMIT_MS): Promise<void> {
    if (!(await this.#clock.advanceUntil(condition, durationMs(limit)))) throw new Error(`what was waited for has not come within ${typeof limit === 'number' ? `${limit / 1000}s` : limit} of the cluster's time`);
  }
}

/** A whole cluster in which time passes only when told: one process, no ports, no files, no threads. */
export class SimulatedCluster implements VirtualCluster {
  readonly seed: number;
  readonly clock: VirtualTime;
  readonly nodes: readonly string[];
  readonly #options: VirtualClusterOptions;
  readonly #clock: VirtualClock;
  readonly #tools: ClusterTools;
  readonly #store: MemoryStore;
  readonly #serverOptions: ServerOptions;
  readonly #server: Server;
  readonly #nodePlans: readonly SimulatedNode[];
  #nodes: SimulatedNodes | undefined;
  readonly #api: InProcessApi;
  readonly #ended = new AbortController();
  #log: WriteLog | undefined;
  #stopping: Promise<void> | undefined;

  /** Throws Error for options that contradict themselves. */
  constructor(options: VirtualClusterOptions) {
    const { seed = 1, controllers = ['*'], scheduler = true, enableAdmissionPlugins = [], disableAdmissionPlugins = [], log } = options;
    if (!Number.isInteger(seed) || seed < 0 || seed > LARGEST_SEED) throw new RangeError(`seed: ${seed} is no seed; give a whole number from 0 to ${LARGEST_SEED}`);
    this.seed = seed;
    this.#options = options;
    const clock = new VirtualClock(startMs(options.startTime));
    this.#clock = clock;
    this.clock = new Time(clock);
    const random = new SeededRandom(seed);
    this.#tools = { clock, random, logger: log ? new TextLogger({ clock, level: 'info', write: log }) : silentLogger };
    this.#store = new MemoryStore({ clock });
    this.#nodePlans = planSimulatedNodes(options.simulatedNodes ?? 0);
    this.nodes = this.#nodePlans.map(({ name }) => name);
    const defaults = defaultServerOptions();
    this.#serverOptions = {
      ...defaults, ...PLACE, clusterRanges: rangeForNodes(defaults.clusterRanges, this.nodes.length), controllers, enableScheduler: scheduler, enableAdmissionPlugins, disableAdmissionPlugins,
    };
    this.#server = new Server(this.#serverOptions, this.#tools, { store: this.#store, keys: seededKeys(random), hostname: HOSTNAME });
    this.#api = new InProcessApi({ transportFor: (user, userAgent) => this.#server.transportFor(user, userAgent), settle: () => clock.settle() });
  }

  async start(): Promise<void> {
    await loadLateModules();
    const { signal } = this.#ended;
    await this.#store.start(signal);
    this.#log = new WriteLog(this.#store, (write) => this.#options.onWrite?.(write));
    await this.#driven(this.#server.start(signal));
    if (this.nodes.length === 0) return;
    this.#nodes = this.#makeNodes();
    this.#server.adopt(this.#nodes);
    await this.#driven(this.#nodes.start(signal));
    await this.clock.until(() => this.#areNodesReady(), START_LIMIT_MS);
  }

  #makeNodes(): SimulatedNodes {
    const { serviceRanges, clusterDomain } = this.#serverOptions;
    const clients = nodeClients((user, userAgent) => new Client({ transport: this.#server.transportFor(user, userAgent), clock: this.#clock, userAgent }));
    const addressOf = ({ index }: SimulatedNode): string => addressAt(NODE_RANGE, index);
    return new SimulatedNodes({ nodes: this.#nodePlans, ...clients, addressOf, clusterDNS: [dnsServiceAddress(serviceRanges)], clusterDomain }, this.#tools);
  }

  request<T>(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object, options?: ApiRequestOptions): Promise<T> {
    return this.#api.request<T>(method, path, body, options);
  }

  watch<T>(path: string, onEvent: (event: ApiEvent<T>) => void, options?: ApiRequestOptions): Promise<Disposable> {
    return this.#api.watch<T>(path, onEvent, options);
  }

  async stopNode(name: string): Promise<void> {
    await this.#nodesOf(name).stopNode(name);
  }

  async startNode(name: string): Promise<void> {
    await this.#driven(this.#nodesOf(name).startNode(name));
  }

  #nodesOf(name: string): SimulatedNodes {
    if (!this.#nodes) throw new Error(`there is no node "${name}": this cluster has none; give simulatedNodes`);
    return this.#nodes;
  }

  digest(): string {
    return this.#log?.digest() ?? '';
  }

  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    this.#log?.[Symbol.dispose]();
    await this.#driven(this.#end());
    this.#ended.abort();
  }

  async #end(): Promise<void> {
    await this.#api[Symbol.asyncDispose]();
    await this.#nodes?.[Symbol.asyncDispose]();
    await this.#server[Symbol.asyncDispose]();
  }

  async #areNodesReady(): Promise<boolean> {
    const { items } = await this.request<{ items: Node[] }>('GET', '/api/v1/nodes');
    return items.length >= this.nodes.length && items.every((node) => isNodeInUse(node));
  }

  /** Lets time pass while `work` needs it. */
  async #driven(work: Promise<void>): Promise<void> {
    let isDone = false;
    const settled = work.then(
      () => void (isDone = true),
      () => void (isDone = true),
    );
    await this.#clock.advanceUntil(() => isDone, START_LIMIT_MS);
    await settled;
    await work;
  }
}
