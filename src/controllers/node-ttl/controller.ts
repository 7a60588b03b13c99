import type { Node } from '../../api/generated/core-v1.ts';
import { nodes } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
import type { Client } from '../../client/client.ts';
import { Controller } from '../../client/controller.ts';
import type { Lister } from '../../client/lister.ts';
import type { ControllerContext } from '../context.ts';
import { secondsOf, TTL, ttlStep } from './plan.ts';

/** Tells each node, by an annotation, how long it may keep what it has read: the longer, the larger the cluster. */
export class NodeTtlController extends Controller {
  readonly #client: Client;
  readonly #nodes: Lister<Node>;
  #step = 0;

  constructor(context: ControllerContext) {
    super({ name: 'ttl-controller', clock: context.clock, logger: context.logger });
    this.#client = context.client;
    this.#nodes = this.watch(context.informers.informer(nodes), (node, { before, after }) => this.#concerned(node, Boolean(before) !== Boolean(after))).lister;
  }

  /** A change of size may concern all nodes. */
  #concerned({ metadata }: DeepReadonly<Node>, isSizeChange: boolean): readonly string[] {
    const step = isSizeChange ? ttlStep(this.#step, this.#nodes.size) : this.#step;
    if (step === this.#step) return [metadata.name];
    this.#step = step;
    return this.#nodes.list().map((node) => node.metadata.name);
  }

  protected async reconcile(name: string, signal: AbortSignal): Promise<undefined> {
    const node = this.#nodes.get(name);
    const seconds = String(secondsOf(this.#step));
    if (!node || node.metadata.annotations?.[TTL] === seconds) return;
    try {
      await this.#client.resource(nodes).patch(name, { type: 'strategic', patch: { metadata: { annotations: { [TTL]: seconds } } } }, { signal });
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
    }
  }
}
