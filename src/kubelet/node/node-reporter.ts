import { nodes } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { StatusError, hasReason } from '../../apimachinery/status.ts';
import type { Node, NodeStatus } from '../../api/generated/core-v1.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { TransportError, type Client } from '../../client/index.ts';
import { nodeEvents, scheduleEvents, type NodeEvent } from './node-events.ts';
import type { RegisteredNode } from './node-registrar.ts';
import { nodeStatusChanged, nodeStatusPatch } from './node-patch.ts';

/** How often the status is worked out, and how often it is written when nothing has changed. Source: kubelet configuration. */
const UPDATE_MS = 10_000;
const REPORT_MS = 300_000;
/** A node that is not ready yet, because its network is being made, looks again soon. */
const UNREADY_MS = 250;
const UNREADY_FOR_MS = 60_000;

export interface NodeReporterOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly compute: (before: DeepReadonly<NodeStatus>, signal: AbortSignal) => Promise<NodeStatus>;
  /** Creates the Node or brings it up to date. */
  readonly register: (status: NodeStatus, signal: AbortSignal) => Promise<RegisteredNode>;
  /** What the node tells of itself. */
  readonly tell: (event: NodeEvent) => void;
}

/** Registers the node and keeps its status true. */
export class NodeReporter {
  readonly #options: NodeReporterOptions;
  #node: DeepReadonly<Node> | undefined;
  #wake: (() => void) | undefined;
  #isAsked = false;
  #asked = Promise.withResolvers<void>();
  #writtenMs = 0;

  constructor(options: NodeReporterOptions) {
    this.#options = options;
  }

  /** As the API has it; undefined before it is registered. */
  get node(): DeepReadonly<Node> | undefined {
    return this.#node;
  }

  /** A state was seen; the answer to a write may come after the watch has told of a newer one. */
  observe(node: DeepReadonly<Node>): void {
    if (this.#node && Number(node.metadata.resourceVersion) < Number(this.#node.metadata.resourceVersion)) return;
    for (const event of scheduleEvents(this.#node, node)) this.#options.tell(event);
    this.#node = node;
  }

  async register(signal: AbortSignal): Promise<void> {
    const { compute, register, clock, tell } = this.#options;
    const status = await compute({ daemonEndpoints: {} } as NodeStatus, signal);
    const { node, isNew } = await register(status, signal);
    this.#node = node;
    if (isNew) for (const event of nodeEvents(node.metadata.name, undefined, status)) tell(event);
    await this.#report(signal);
    this.#writtenMs = clock.monotonic();
  }

  /** Works the status out now instead of at its time. */
  look(): void {
    this.#isAsked = true;
    this.#wake?.();
  }

  /** The same; resolves once it was written, or could not be. */
  report(): Promise<void> {
    this.look();
    return this.#asked.promise;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options;
    const startedMs = clock.monotonic();
    for (;;) {
      const isReady = this.#node?.status.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
      const isStarting = clock.monotonic() - startedMs < UNREADY_FOR_MS;
      if (!this.#isAsked) await this.#wait(!isReady && isStarting ? UNREADY_MS : UPDATE_MS, signal);
      this.#isAsked = false;
      const asked = this.#asked;
      this.#asked = Promise.withResolvers();
      try {
        await this.#report(signal);
      } catch (error) {
        if (signal.aborted) throw error;
        if (!StatusError.is(error) && !(error instanceof TransportError)) throw error;
        if (hasReason(error, 'NotFound')) await this.#registerAgain(signal);
        else logger.warn('writing the status of the node failed', { error: error.message });
      }
      asked.resolve();
    }
  }

  /** Somebody deleted the Node, but this machine is still here. */
  async #registerAgain(signal: AbortSignal): Promise<void> {
    const { compute, register, logger } = this.#options;
    logger.warn('the node was deleted, it registers again');
    const registered = await register(await compute({ daemonEndpoints: {} } as NodeStatus, signal), signal).catch((error: unknown) => {
      if (signal.aborted || !(StatusError.is(error) || error instanceof TransportError)) throw error;
      logger.warn('registering the node failed', { error: error.message });
    });
    if (registered) this.#node = registered.node;
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    try {
      await this.#options.clock.sleep(ms, AbortSignal.any([signal, woken.signal]));
    } catch (error) {
      if (signal.aborted) throw error;
    } finally {
      this.#wake = undefined;
    }
  }

  async #report(signal: AbortSignal): Promise<void> {
    const { client, clock, compute } = this.#options;
    const before = this.#node;
    if (!before) return;
    const status = await compute(before.status, signal);
    const nowMs = clock.monotonic();
    if (!nodeStatusChanged(before.status, status) && nowMs - this.#writtenMs < REPORT_MS) return;
    for (const event of nodeEvents(before.metadata.name, before.status, status)) this.#options.tell(event);
    this.observe(await client.resource(nodes).patchStatus(before.metadata.name, { type: 'strategic', patch: nodeStatusPatch(before.status, status) }, { signal }));
    this.#writtenMs = nowMs;
  }
}
