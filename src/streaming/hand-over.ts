/** Values handed from callbacks to one asynchronous reader, until closed. */
export class HandOver<T> implements AsyncIterable<T> {
  readonly #waiting: T[] = [];
  #isClosed = false;
  #wake = Promise.withResolvers<void>();

  push(value: T): void {
    if (this.#isClosed) return;
    this.#waiting.push(value);
    this.#wake.resolve();
  }

  close(): void {
    this.#isClosed = true;
    this.#wake.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<T> {
    for (;;) {
      const value = this.#waiting.shift();
      if (value !== undefined) yield value;
      else if (this.#isClosed) return;
      else {
        this.#wake = Promise.withResolvers<void>();
        if (this.#isClosed || this.#waiting.length > 0) continue;
        await this.#wake.promise;
      }
    }
  }
}
