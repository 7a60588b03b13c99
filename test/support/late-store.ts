import type { Clock } from '../../src/base/clock.ts';
import { MemoryStore } from '../../src/storage/memory/memory-store.ts';
import type { SharedStore, Store, WatchOptions } from '../../src/storage/store.ts';

/** A memory store whose watches hear of a write later than its writer, as those of a busy etcd. */
export class LateStore extends MemoryStore implements Store {
  readonly #clock: Clock;
  readonly #lateMs: number;
  readonly shared: SharedStore = { readIndex: () => Promise.resolve(this.revision) };

  constructor(options: { clock: Clock; lateMs: number }) {
    super(options);
    this.#clock = options.clock;
    this.#lateMs = options.lateMs;
  }

  override watch(options: WatchOptions): Disposable {
    const held = new Set<Disposable>();
    const inner = super.watch({
      ...options,
      onEvents: (events, revision) => {
        const one = this.#clock.after(this.#lateMs, () => {
          held.delete(one);
          options.onEvents(events, revision);
        });
        held.add(one);
      },
    });
    return {
      [Symbol.dispose]: () => {
        inner[Symbol.dispose]();
        for (const one of held) one[Symbol.dispose]();
      },
    };
  }
}
