import type { Clock } from '../base/clock.ts';
import { isAbort, TaskGroup, type Component } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 30_000;
/** One that ran so long without a failure begins its delays anew. */
const STEADY_MS = 60_000;

/** Keeps components running: one that breaks is made anew after a delay that doubles; the others go on. Disposing stops all, the last added first. */
export class Supervisor implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #groups: TaskGroup[] = [];
  readonly #starting = new Set<Promise<void>>();
  readonly #running = new Map<string, Component>();

  constructor(options: { clock: Clock; logger: Logger }) {
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  /** What runs now, by the names under which it was added. */
  get running(): ReadonlyMap<string, Component> {
    return this.#running;
  }

  /** Starts a component made by `create`, and resolves once it can serve. Rejects when the first start fails: what cannot start at all is a mistake to be told. */
  async add(name: string, create: () => Component, signal: AbortSignal): Promise<void> {
    const group = new TaskGroup();
    this.#groups.push(group);
    const first = create();
    const starting = startOrDispose(first, AbortSignal.any([signal, group.signal]));
    this.#starting.add(starting);
    await starting.finally(() => this.#starting.delete(starting));
    this.#running.set(name, first);
    group.run((inner) => this.#keep(name, first, create, AbortSignal.any([signal, inner])));
  }

  async #keep(name: string, first: Component, create: () => Component, signal: AbortSignal): Promise<void> {
    let component: Component | undefined = first;
    for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, MAX_DELAY_MS)) {
      const startedMs = this.#clock.monotonic();
      const broken = await this.#untilEnd(name, component, create, signal).catch((error: unknown) => ({ error })); // it could not be made, or not be disposed
      if (signal.aborted) return;
      if (this.#clock.monotonic() - startedMs > STEADY_MS) delayMs = FIRST_DELAY_MS;
      this.#logger.error('a component has ended; it is started again', { component: name, delayMs, error: broken?.error });
      component = undefined;
      await this.#clock.sleep(delayMs, signal);
    }
  }

  async #untilEnd(name: string, started: Component | undefined, create: () => Component, signal: AbortSignal): Promise<{ error: unknown } | undefined> {
    const component = started ?? create();
    this.#running.set(name, component);
    const stopped = Promise.withResolvers<void>();
    const onAbort = (): void => stopped.resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      if (!started) await component.start(signal);
      await Promise.race([component.done, stopped.promise]);
      return undefined;
    } catch (error) {
      return isAbort(error, signal) ? undefined : { error };
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#running.delete(name);
      await component[Symbol.asyncDispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const group of this.#groups.toReversed()) await group.close();
    await Promise.allSettled(this.#starting);
  }
}

/** What was stopped while it started is disposed, though its start may have succeeded: nobody else would do it. */
async function startOrDispose(component: Component, signal: AbortSignal): Promise<void> {
  try {
    await component.start(signal);
    signal.throwIfAborted();
  } catch (error) {
    await component[Symbol.asyncDispose]();
    throw error;
  }
}
