import { failure } from '../../apimachinery/status.ts';

/** How many watches clients have open, and how many they may; 0: any number. */
export class OpenWatches {
  readonly #most: number;
  #count = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** One more, until the answer is disposed. Throws StatusError 429 when there are too many. */
  open(): Disposable {
    if (this.#most > 0 && this.#count >= this.#most) {
      throw failure(429, 'TooManyRequests', `Too many requests: ${this.#count} watches are open, please try again later`, { retryAfterSeconds: 1 });
    }
    this.#count++;
    let isOpen = true;
    return {
      [Symbol.dispose]: () => {
        if (isOpen) this.#count--;
        isOpen = false;
      },
    };
  }
}
