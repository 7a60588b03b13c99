import { type ClientHttp2Session, connect } from 'node:http2';
import type { Answer, Asked, Connection } from './http-connection.ts';

/** Streams of one session of HTTP/2, as clients in Go use it. */
export class Http2Connection implements Connection {
  readonly #session: ClientHttp2Session;
  readonly #headers: Record<string, string>;

  private constructor(session: ClientHttp2Session, token: string) {
    this.#session = session;
    this.#headers = { authorization: `Bearer ${token}`, accept: 'application/json', 'user-agent': 'bench/1.0' };
  }

  static async open(url: URL, token: string): Promise<Http2Connection> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const session = connect(url, { rejectUnauthorized: false, settings: { initialWindowSize: 4 << 20 } }, resolve);
    session.on('error', reject);
    await promise;
    session.setLocalWindowSize(32 << 20);
    return new Http2Connection(session, token);
  }

  request(method: string, path: string, asked: Asked = {}): Promise<Answer> {
    const { body, contentType = 'application/json', keepsBody = false } = asked;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const stream = this.#session.request(
      { ':method': method, ':path': path, ...this.#headers, ...(body && { 'content-type': contentType, 'content-length': String(body.length) }) }, { endStream: !body },
    );
    let status = 0;
    const kept: Buffer[] = [];
    stream.on('response', (headers) => (status = Number(headers[':status'])));
    stream.on('data', (chunk: Buffer) => {
      if (keepsBody || status >= 400) kept.push(chunk);
    });
    stream.on('end', () => resolve({ status, body: Buffer.concat(kept) }));
    stream.on('error', reject);
    if (body) stream.end(body);
    return promise;
  }

  stream(path: string, onBytes: (chunk: Buffer) => void): void {
    const stream = this.#session.request({ ':method': 'GET', ':path': path, ...this.#headers });
    stream.on('data', onBytes);
    stream.on('error', () => undefined);
  }

  close(): void {
    this.#session.destroy();
  }
}
