/** What has something to send. */
export interface Sender {
  flush(): void;
}

/**
 * Lets all connections send at the end of a turn of the event loop. Answers to requests that came in together leave together: the client is woken
 * once for all of them, and what one connection has to say goes out in one TLS record.
 */
export class TurnEnd {
  #waiting: Sender[] = [];

  add(sender: Sender): void {
    if (this.#waiting.push(sender) === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const sender of waiting) sender.flush();
  }
}
