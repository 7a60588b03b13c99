/**
 * One question at a time for many who ask: whoever comes while it is under way shares the next one with the others, since the answer to the running
 * one may be older than his question.
 */
export class Batched<T> {
  readonly #ask: () => Promise<T>;
  #running: Promise<unknown> | undefined;
  #next: Promise<T> | undefined;

  constructor(ask: () => Promise<T>) {
    this.#ask = ask;
  }

  /** An answer to a question asked after this call. */
  get(): Promise<T> {
    if (this.#next) return this.#next;
    if (!this.#running) return this.#start();
    this.#next = this.#running.then(() => {
      this.#next = undefined;
      return this.#start();
    });
    return this.#next;
  }

  #start(): Promise<T> {
    const answer = this.#ask();
    this.#running = this.#settled(answer);
    return answer;
  }

  async #settled(answer: Promise<T>): Promise<void> {
    await Promise.allSettled([answer]);
    // The next one has not begun yet: it waits for this.
    this.#running = undefined;
  }
}
