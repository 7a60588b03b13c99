/** Events for one reader, in order; ends with the signal. */
export class EventQueue<T> implements AsyncIterable<T> {
  readonly #waiting: T[] = [];
  readonly #signal: AbortSignal;
  readonly #onClose: () => void;
  #closed = false;
  #wake: (() => void) | undefined;

  constructor(signal: AbortSignal, onClose: () => void) {
    this.#signal = signal;
    this.#onClose = onClose;
    if (signal.aborted) this.#closed = true;
    else signal.addEventListener('abort', this.close, { once: true });
  }

  push(event: T): void {
    if (this.#closed) return;
    this.#waiting.push(event);
    this.#wake?.();
  }

  readonly close = (): void => {
    if (this.#closed) return;
    this.#closed = true;
    this.#signal.removeEventListener('abort', this.close);
    this.#onClose();
    this.#wake?.();
  };

  async *[Symbol.asyncIterator](): AsyncIterator<T> {
    try {
      while (!this.#closed) {
        const event = this.#waiting.shift();
        if (event !== undefined) {
          yield event;
          continue;
        }
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#wake = resolve;
        await promise;
        this.#wake = undefined;
      }
    } finally {
      this.close();
    }
  }
}
