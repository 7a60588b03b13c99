import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { NodeStatus } from '../../api/generated/core-v1.ts';
import type { Clock } from '../../base/clock.ts';
import { isRuntimeError, type ContainerRuntime } from '../../runtime/index.ts';
import type { Machine } from './machine.ts';
import { nodeStatus, type NodeStatusInput } from './node-status.ts';

/** Images are listed in the node's status; that they changed may show this late. */
const IMAGE_LIST_MS = 60_000;

type Measured = 'nowMs' | 'usage' | 'runtimeStatus' | 'images' | 'before';

export interface NodeStatusSourceOptions {
  readonly clock: Clock;
  readonly machine: Machine;
  readonly runtime: ContainerRuntime;
  /** What the rest of the kubelet knows now. */
  readonly known: () => Omit<NodeStatusInput, Measured>;
}

/** Asks machine and runtime what the node's status is to say. */
export class NodeStatusSource {
  readonly #options: NodeStatusSourceOptions;
  #images: { readonly atMs: number; readonly list: NodeStatusInput['images'] } | undefined;

  constructor(options: NodeStatusSourceOptions) {
    this.#options = options;
  }

  async compute(before: DeepReadonly<NodeStatus>, signal: AbortSignal): Promise<NodeStatus> {
    const { clock, machine, runtime, known } = this.#options;
    const [usage, runtimeStatus, images] = await Promise.all([machine.usage(), unlessDown(runtime.status(signal), signal), this.#imageList(signal)]);
    return nodeStatus({ ...known(), before, usage, runtimeStatus, images, nowMs: clock.now() });
  }

  async #imageList(signal: AbortSignal): Promise<NodeStatusInput['images']> {
    const { clock, runtime } = this.#options;
    if (this.#images && clock.monotonic() - this.#images.atMs < IMAGE_LIST_MS) return this.#images.list;
    const list = (await unlessDown(runtime.listImages(signal), signal)) ?? this.#images?.list ?? [];
    this.#images = { atMs: clock.monotonic(), list };
    return list;
  }
}

async function unlessDown<T>(question: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await question;
  } catch (error) {
    if (signal.aborted || !isRuntimeError(error)) throw error;
    return undefined;
  }
}
