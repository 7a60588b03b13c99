import { connect, type TLSSocket } from 'node:tls';

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const CRLF = Buffer.from('\r\n');

/** A client of HTTP/1.1 that costs little, so that the server is what is measured: one request at a time on one connection. */
export class HttpConnection {
  readonly #socket: TLSSocket;
  readonly #head: string;
  #buffer: Buffer = Buffer.alloc(0);
  #chunks: Buffer[] = [];
  #wanted = 0;
  #received = 0;
  #status = 0;
  #isChunked = false;
  #waiting: PromiseWithResolvers<Answer> | undefined;

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

  /** `path` with its query. */
  request(method: string, path: string, body?: Buffer, contentType = 'application/json'): Promise<Answer> {
    this.#waiting = Promise.withResolvers<Answer>();
    const head = `${method} ${path} HTTP/1.1\r\n${this.#head}${body ? `Content-Type: ${contentType}\r\nContent-Length: ${body.length}\r\n` : ''}\r\n`;
    this.#socket.write(body ? Buffer.concat([Buffer.from(head), body]) : head);
    return this.#waiting.promise;
  }

  /** Sends a watch and gives every piece that comes to `onBytes`. */
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
    if (this.#status === 0) {
      this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
      const end = this.#buffer.indexOf(HEAD_END);
      if (end < 0) return;
      this.#readHead(this.#buffer.toString('latin1', 0, end));
      const rest = this.#buffer.subarray(end + 4);
      this.#buffer = Buffer.alloc(0);
      this.#onBody(rest);
    } else this.#onBody(chunk);
  }

  #readHead(head: string): void {
    this.#status = Number(head.slice(9, 12));
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
    this.#isChunked = length === undefined;
    this.#wanted = Number(length ?? 0);
    this.#received = 0;
    this.#chunks = [];
  }

  #onBody(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#received += chunk.length;
    if (!this.#isChunked) {
      if (this.#received >= this.#wanted) this.#finish(Buffer.concat(this.#chunks));
      return;
    }
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [all];
    const body = unchunk(all);
    if (body) this.#finish(body);
  }

  #finish(body: Buffer): void {
    const answer = { status: this.#status, body };
    this.#status = 0;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(answer);
  }
}

/** The body of a chunked answer; undefined while it is not complete. */
function unchunk(bytes: Buffer): Buffer | undefined {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const line = bytes.indexOf(CRLF, at);
    if (line < 0) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', at, line), 16);
    if (size === 0) return Buffer.concat(parts);
    if (bytes.length < line + 2 + size + 2) return undefined;
    parts.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
}
