import { connect, type TLSSocket } from 'node:tls';

export interface Answer {
  readonly status: number;
  /** Empty unless it was asked for, or the status is an error's. */
  readonly body: Buffer;
}

export interface Asked {
  readonly body?: Buffer;
  readonly contentType?: string;
  /** Bodies of answers are counted and dropped unless somebody wants to read them. */
  readonly keepsBody?: boolean;
}

/** A client that sends one request at a time. */
export interface Connection {
  /** `path` with its query. */
  request(method: string, path: string, asked?: Asked): Promise<Answer>;
  /** Sends a watch and gives every piece that comes to `onBytes`. */
  stream(path: string, onBytes: (chunk: Buffer) => void): void;
  close(): void;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const EMPTY = Buffer.alloc(0);

/** A client of HTTP/1.1 that costs little, so that the server is what is measured. */
export class HttpConnection implements Connection {
  readonly #socket: TLSSocket;
  readonly #head: string;
  #input: Buffer = EMPTY;
  #kept: Buffer[] = [];
  #keeps = false;
  #status = 0;
  /** Bytes of the body, or of the chunk, that have not come yet; -1: the line with a chunk's size comes next. */
  #left = 0;
  #isChunked = false;
  #waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined;

  private constructor(socket: TLSSocket, head: string) {
    this.#socket = socket;
    this.#head = head;
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('error', (error) => this.#waiting?.reject(error));
    socket.on('close', () => this.#waiting?.reject(new Error('the connection was closed')));
  }

  static async open(url: URL, token: string): Promise<HttpConnection> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = connect({ host: url.hostname, port: Number(url.port), rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] }, resolve);
    socket.on('error', reject);
    await promise;
    socket.setNoDelay(true);
    return new HttpConnection(socket, `Host: ${url.host}\r\nAuthorization: Bearer ${token}\r\nAccept: application/json\r\nUser-Agent: bench/1.0\r\n`);
  }

  request(method: string, path: string, asked: Asked = {}): Promise<Answer> {
    const { body, contentType = 'application/json', keepsBody = false } = asked;
    this.#keeps = keepsBody;
    const head = `${method} ${path} HTTP/1.1\r\n${this.#head}${body ? `Content-Type: ${contentType}\r\nContent-Length: ${body.length}\r\n` : ''}\r\n`;
    this.#socket.write(body ? Buffer.concat([Buffer.from(head), body]) : head);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  stream(path: string, onBytes: (chunk: Buffer) => void): void {
    this.#socket.removeAllListeners('data');
    this.#socket.on('data', onBytes);
    this.#socket.write(`GET ${path} HTTP/1.1\r\n${this.#head}\r\n`);
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    this.#input = this.#input.length === 0 ? chunk : Buffer.concat([this.#input, chunk]);
    if (this.#status === 0 && !this.#readHead()) return;
    if (this.#isChunked ? this.#readChunks() : this.#readBytes() === 0) this.#finish();
  }

  #readHead(): boolean {
    const end = this.#input.indexOf(HEAD_END);
    if (end < 0) return false;
    const head = this.#input.toString('latin1', 0, end);
    this.#input = this.#input.subarray(end + 4);
    this.#status = Number(head.slice(9, 12));
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
    this.#isChunked = length === undefined;
    this.#left = Number(length ?? -1);
    this.#kept = [];
    return true;
  }

  /** Takes what has come of the body or chunk; gives how much is left of it. */
  #readBytes(): number {
    const bytes = this.#input.length <= this.#left ? this.#input : this.#input.subarray(0, this.#left);
    if (this.#keeps || this.#status >= 400) this.#kept.push(bytes);
    this.#left -= bytes.length;
    this.#input = this.#input.length === bytes.length ? EMPTY : this.#input.subarray(bytes.length);
    return this.#left;
  }

  /** Whether the last chunk has come. */
  #readChunks(): boolean {
    for (;;) {
      if (this.#left > 0 && this.#readBytes() > 0) return false;
      if (this.#left === 0) { // the end of the line behind a chunk
        if (this.#input.length < 2) return false;
        this.#input = this.#input.subarray(2);
        this.#left = -1;
      }
      const end = this.#input.indexOf('\r\n');
      if (end < 0) return false;
      const size = Number.parseInt(this.#input.toString('latin1', 0, end), 16);
      if (size === 0 && this.#input.length < end + 4) return false;
      this.#input = this.#input.subarray(size === 0 ? end + 4 : end + 2);
      if (size === 0) return true;
      this.#left = size;
    }
  }

  #finish(): void {
    const answer = { status: this.#status, body: this.#kept.length === 0 ? EMPTY : Buffer.concat(this.#kept) };
    this.#status = 0;
    this.#kept = [];
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(answer);
  }
}
