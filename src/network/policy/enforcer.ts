import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { IPFamily } from '../../apimachinery/validation/ip.ts';
import type { Namespace, Pod } from '../../api/generated/core-v1.ts';
import type { NetworkPolicy } from '../../api/generated/networking-v1.ts';
import { namespaces, networkPolicies, pods } from '../../api/refs.ts';
import type { Clock } from '../../base/clock.ts';
import type { Commands } from '../../base/commands.ts';
import { AbortError, type Component, TaskGroup, untilAborted } from '../../base/lifecycle.ts';
import type { Logger } from '../../base/logger.ts';
import { RuleKeeper } from '../../base/rule-keeper.ts';
import type { Change, Informer, InformerFactory } from '../../client/index.ts';
import { compilePolicy } from './compile.ts';
import { podFacts } from './pod-facts.ts';
import type { NodeStandIn } from './policy-rules.ts';
import { PolicyState } from './policy-state.ts';
import { PolicyTable } from './policy-table.ts';

export interface NetworkPolicyOptions {
  readonly informers: InformerFactory;
  readonly nodeName: string;
  /** Those of the cluster's pods. */
  readonly families: readonly IPFamily[];
  readonly standIns?: readonly NodeStandIn[];
  /** Runs nft; not given where this process is in the node's network namespace already. */
  readonly commands: Commands;
  /** Default: `kubets-policy`. */
  readonly table?: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

export const POLICY_TABLE = 'kubets-policy';
const START_MS = 5000;

/**
 * Enforces NetworkPolicies for the pods of a node. While there is no policy it watches no pod and has nothing in the kernel; while none selects a
 * pod of this node there is no rule that a packet would have to pass.
 */
export class NetworkPolicyEnforcer implements Component {
  readonly #options: NetworkPolicyOptions;
  readonly #logger: Logger;
  readonly #policies: Informer<NetworkPolicy>;
  readonly #state: PolicyState;
  readonly #keeper: RuleKeeper;
  readonly #tables: readonly { readonly family: IPFamily; readonly table: PolicyTable }[];
  /** Addresses of this node's pods that their status does not tell yet. */
  readonly #given = new Map<string, { readonly uid: string; readonly ips: readonly string[] }>();
  readonly #idle = Promise.withResolvers<void>();
  #watching: { readonly pods: Informer<Pod>; readonly namespaces: Informer<Namespace>; readonly subscriptions: readonly Disposable[] } | undefined;
  /** All pods and namespaces are known: before that, rules would keep out peers that are only not known yet. */
  #knowsPeers = false;
  #waiting: PromiseWithResolvers<void>[] = [];
  /** How often something has changed, and how much of that the kernel has. */
  #changes = 1;
  #applied = 0;
  #subscription: Disposable | undefined;
  #tasks: TaskGroup | undefined;

  constructor(options: NetworkPolicyOptions) {
    this.#options = options;
    this.#logger = options.logger.with({ component: 'network-policy' });
    this.#policies = options.informers.informer(networkPolicies);
    this.#state = new PolicyState(options.standIns ?? []);
    this.#tables = options.families.map((family) => ({ family, table: new PolicyTable(family, options.table ?? POLICY_TABLE) }));
    this.#keeper = new RuleKeeper({
      what: 'network policies', write: (signal) => this.#sync(signal), commands: options.commands, clock: options.clock, logger: this.#logger,
      tables: () => this.#tables.map(({ family, table }) => ({ family: family === 'IPv6' ? 'ip6' : 'ip', name: options.table ?? POLICY_TABLE, chain: 'ingress', isThere: table.isApplied, forget: () => table.forget() })),
    });
  }

  get done(): Promise<void> {
    return this.#tasks ? this.#tasks.done : this.#idle.promise;
  }

  /** Resolves once the policies that are there are enforced; or when they cannot be read for some seconds: a node that may not read them is one without policies. */
  async start(signal: AbortSignal): Promise<void> {
    const tasks = new TaskGroup(signal);
    this.#tasks = tasks;
    const late = Promise.withResolvers<void>();
    using _late = this.#options.clock.after(START_MS, () => {
      this.#logger.warn('network policies are not known yet; the node starts without those that are not in its kernel');
      late.resolve();
    });
    const applied = this.#untilApplied();
    tasks.run(async (inner) => {
      await untilAborted(this.#policies.synced(), inner);
      this.#subscription = this.#policies.onChange((change) => this.#policyChanged(change, tasks));
      this.#mark();
      tasks.run((other) => this.#keeper.lookAgain(other));
      await this.#keeper.run(inner);
    });
    await untilAborted(Promise.race([applied, late.promise]), tasks.signal);
  }

  /**
   * Resolves once a pod of this node that is about to start at these addresses is isolated as its policies say: for the kubelet, before the first
   * of its containers starts. Resolves at once where no policy selects it.
   */
  async isolate(pod: DeepReadonly<Pod>, ips: readonly string[], signal: AbortSignal): Promise<void> {
    if (this.#state.policyCount === 0 || pod.spec.hostNetwork) return;
    const key = `${pod.metadata.namespace}/${pod.metadata.name}`;
    this.#given.set(key, { uid: pod.metadata.uid, ips });
    const facts = podFacts(pod, this.#options.nodeName, ips);
    if (this.#state.setPod(key, facts)) this.#mark();
    if (this.#applied === this.#changes || !facts || this.#state.policiesOf(facts).length === 0) return;
    await untilAborted(this.#untilApplied(), signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscription?.[Symbol.dispose]();
    for (const subscription of this.#watching?.subscriptions ?? []) subscription[Symbol.dispose]();
    await this.#tasks?.close();
    for (const { promise, reject } of this.#waiting.splice(0)) {
      promise.catch(() => undefined);
      reject(new AbortError('stopped'));
    }
    this.#idle.resolve();
  }

  #mark(): void {
    this.#changes++;
    this.#keeper.changed();
  }

  /** Settles once the kernel has what is known now. */
  #untilApplied(): Promise<void> {
    const applied = Promise.withResolvers<void>();
    this.#waiting.push(applied);
    return applied.promise;
  }

  #policyChanged({ key, after }: Change<NetworkPolicy>, tasks: TaskGroup): void {
    this.#state.setPolicy(key, after && compilePolicy(after));
    if (this.#state.policyCount > 0 && !this.#watching) this.#watchPeers(tasks);
    if (this.#state.policyCount === 0 && this.#watching) this.#forgetPeers(tasks);
    this.#mark();
  }

  #watchPeers(tasks: TaskGroup): void {
    const { informers } = this.#options;
    const watching = { pods: informers.informer(pods), namespaces: informers.informer(namespaces), subscriptions: [] as Disposable[] };
    this.#watching = watching;
    watching.subscriptions.push(
      watching.namespaces.onChange(({ key, after }) => {
        if (this.#state.setNamespace(key, after && (after.metadata.labels ?? {}))) this.#mark();
      }),
      watching.pods.onChange(({ key, after }) => this.#podChanged(key, after)),
    );
    tasks.run(async (signal) => {
      // Dropped informers never sync: then the last policy has gone meanwhile.
      const synced = await untilAborted(Promise.allSettled([watching.pods.synced(), watching.namespaces.synced()]), signal);
      if (this.#watching !== watching || synced.some(({ status }) => status === 'rejected')) return;
      this.#knowsPeers = true;
      this.#mark();
    });
  }

  #forgetPeers(tasks: TaskGroup): void {
    const { informers } = this.#options;
    for (const subscription of this.#watching?.subscriptions ?? []) subscription[Symbol.dispose]();
    this.#watching = undefined;
    this.#knowsPeers = false;
    this.#state.forgetPeers();
    this.#given.clear();
    tasks.run(() => Promise.all([informers.drop(pods, {}), informers.drop(namespaces, {})]));
  }

  #podChanged(key: string, pod: DeepReadonly<Pod> | undefined): void {
    const given = this.#given.get(key);
    const isGiven = given !== undefined && given.uid === pod?.metadata.uid && given.ips.some((ip) => !pod.status?.podIPs?.some((told) => told.ip === ip));
    if (given && !isGiven) this.#given.delete(key);
    if (this.#state.setPod(key, pod && podFacts(pod, this.#options.nodeName, isGiven ? given.ips : []))) this.#mark();
  }

  /** Brings what has changed into the kernel: all families in one transaction. */
  async #sync(signal: AbortSignal): Promise<void> {
    if (this.#state.policyCount > 0 && !this.#knowsPeers) return;
    const waiting = this.#waiting.splice(0);
    const changes = this.#changes;
    try {
      const contents = this.#state.contents(this.#options.families);
      const script = this.#tables.map(({ table }, index) => table.script(contents[index] ?? { chains: new Map(), sets: new Map() })).join('');
      await this.#options.commands.nft(script, { signal });
    } catch (error) {
      this.#waiting.push(...waiting);
      throw error;
    }
    for (const { table } of this.#tables) table.applied();
    this.#applied = changes;
    for (const { resolve } of waiting) resolve();
  }
}
