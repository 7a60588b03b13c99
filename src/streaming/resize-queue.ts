import type { TerminalSize } from './remote-command.ts';

/** Terminal sizes as they come; only the latest unread one matters. Ends when `close` is called. */
export class ResizeQueue implements AsyncIterable<TerminalSize> {
  #latest: TerminalSize | undefined;
  #isClosed = false;
  #wake = Promise.withResolvers<void>();
  #text = '';

  /** Takes JSON as it came, possibly several objects or a part of one. Names in any case, as Go reads them. */
  pushJson(text: string): void {
    this.#text += text;
    for (let end = this.#text.indexOf('}'); end >= 0; end = this.#text.indexOf('}')) {
      const one = this.#text.slice(0, end + 1);
      this.#text = this.#text.slice(end + 1);
      const width = /"width"\s*:\s*(\d+)/i.exec(one)?.[1];
      const height = /"height"\s*:\s*(\d+)/i.exec(one)?.[1];
      if (width && height) this.push({ width: Number(width), height: Number(height) });
    }
    if (this.#text.length > 4096) this.#text = '';
  }

  push(size: TerminalSize): void {
    this.#latest = size;
    this.#wake.resolve();
  }

  close(): void {
    this.#isClosed = true;
    this.#wake.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<TerminalSize> {
    for (;;) {
      const size = this.#latest;
      if (size) {
        this.#latest = undefined;
        yield size;
      } else if (this.#isClosed) return;
      else {
        await this.#wake.promise;
        this.#wake = Promise.withResolvers<void>();
        if (this.#isClosed) this.#wake.resolve();
      }
    }
  }
}

/** As the resize channel carries it. */
export function resizeJson(size: TerminalSize): string {
  return `${JSON.stringify({ Width: size.width, Height: size.height })}\n`;
}
