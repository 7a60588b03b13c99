import type { Connection } from './http-connection.ts';

const LINE_END = Buffer.from('\n');

/** Counts `mark` in a stream that comes in pieces, which are looked at where they are. */
function counter(mark: Buffer, onMark: () => void): (chunk: Buffer) => void {
  const margin = mark.length - 1;
  let end: Buffer = LINE_END;
  return (chunk) => {
    if (end.length > 0 && Buffer.concat([end, chunk.subarray(0, margin)]).includes(mark)) onMark();
    for (let at = chunk.indexOf(mark); at >= 0; at = chunk.indexOf(mark, at + mark.length)) onMark();
    end = chunk.length >= margin ? chunk.subarray(chunk.length - margin) : Buffer.concat([end, chunk]).subarray(-margin);
  };
}

/** Who watches is slow when nothing has come for so long. */
const PATIENCE_MS = 5000;

/** Connections that watch the same and count the events of one type. */
export class Watchers implements Disposable {
  readonly #connections: readonly Connection[];
  #events = 0;
  #opened = 0;

  constructor(connections: readonly Connection[]) {
    this.#connections = connections;
  }

  get events(): number {
    return this.#events;
  }

  /**
   * Sends all watches. Each event is a line, which HTTP/1.1 puts into chunks with lines of their own: events are counted by what begins them. It begins with the end of the line before, which is
   * rare: to look for a brace, of which objects are full, would take as much as all else that the client does.
   */
  open(path: string, type: 'ADDED' | 'MODIFIED' | 'DELETED'): void {
    const mark = Buffer.from(`\n{"type":"${type}"`);
    for (const connection of this.#connections) {
      const count = counter(mark, () => this.#events++);
      let isFirst = true;
      connection.stream(path, (chunk) => {
        if (isFirst) this.#opened++;
        isFirst = false;
        count(chunk);
      });
    }
  }

  /** HTTP/1.1 says at once that a watch has begun; HTTP/2 tells it apart from the bytes, so that this waits a second. */
  async opened(): Promise<void> {
    for (let waited = 0; this.#opened < this.#connections.length && waited < 20; waited++) await new Promise((resolve) => setTimeout(resolve, 50));
  }

  /** Resolves once each watcher has got so many events. Throws when they do not come. */
  async got(each: number): Promise<void> {
    const wanted = each * this.#connections.length;
    for (let before = -1, since = performance.now(); this.#events < wanted && performance.now() - since < PATIENCE_MS;) {
      if (this.#events !== before) since = performance.now();
      before = this.#events;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    if (this.#events !== wanted) throw new Error(`${this.#events} events came in place of ${wanted}`);
  }

  [Symbol.dispose](): void {
    for (const connection of this.#connections) connection.close();
  }
}
