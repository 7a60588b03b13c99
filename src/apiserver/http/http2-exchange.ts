import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { X509Certificate } from 'node:crypto';
import { type BodyWriter, collectBody, type Exchange, type IncomingHeaders, type OutgoingHeaders } from './exchange.ts';
import { type Body, isLong, pipeBody, BytesBody, PIECE_BYTES } from './long-body.ts';
import { withRepeated } from './repeated-headers.ts';
import type { StallWatch } from './stall-watch.ts';

/** What is the same for all requests of a connection. */
export interface ConnectionFacts {
  readonly remoteAddress: string;
  readonly peerCertificates: readonly X509Certificate[];
}

export class Http2Exchange implements Exchange {
  readonly #stream: ServerHttp2Stream;
  readonly #connection: ConnectionFacts;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHeaders;
  readonly isUpgrade = false;
  readonly #stalls: StallWatch;
  #controller: AbortController | undefined;
  #isEnded = false;

  /** `rawHeaders`: names and values in turns. */
  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, rawHeaders: readonly string[], connection: ConnectionFacts, stalls: StallWatch) {
    this.#stalls = stalls;
    this.#stream = stream;
    this.#connection = connection;
    this.method = String(headers[':method']);
    const target = String(headers[':path'] ?? '/');
    const mark = target.indexOf('?');
    this.path = mark < 0 ? target : target.slice(0, mark);
    this.query = mark < 0 ? '' : target.slice(mark + 1);
    this.headers = withRepeated(headers, rawHeaders);
  }

  get remoteAddress(): string {
    return this.#connection.remoteAddress;
  }

  get peerCertificates(): readonly X509Certificate[] {
    return this.#connection.peerCertificates;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      const controller = (this.#controller = new AbortController());
      const onClose = (): void => {
        if (!this.#isEnded) controller.abort(new Error('the client has gone'));
      };
      if (this.#stream.closed || this.#stream.destroyed) onClose();
      else this.#stream.once('close', onClose);
    }
    return this.#controller.signal;
  }

  get bodyStream(): NodeJS.ReadableStream {
    this.#askForBody();
    return this.#stream;
  }

  /** Whoever waits to be asked for the body sends it now. */
  #askForBody(): void {
    if (this.headers['expect'] === undefined || this.#stream.headersSent || this.#stream.destroyed || this.#stream.closed) return;
    this.#stream.additionalHeaders({ ':status': constants.HTTP_STATUS_CONTINUE });
  }

  get isAnswered(): boolean {
    return this.#stream.headersSent;
  }

  readBody(limit: number): Promise<Buffer> {
    this.#askForBody();
    const length = this.headers['content-length'];
    return collectBody(this.#stream, limit, typeof length === 'string' ? length : undefined);
  }

  send(status: number, headers: OutgoingHeaders, body?: Body): void {
    if (this.#stream.destroyed || this.#stream.closed) return;
    this.#isEnded = true;
    if (body === undefined || body.length === 0 || this.method === 'HEAD') {
      this.#stream.respond({ ':status': status, ...headers }, { endStream: true });
      return;
    }
    this.#stream.respond({ ':status': status, ...headers });
    if (isLong(body) || body.length > PIECE_BYTES) pipeBody(isLong(body) ? body : new BytesBody(body), this.#stream, this.#stalls.begin(() => this.#stream.close(constants.NGHTTP2_CANCEL)));
    else this.#stream.end(body);
  }

  open(status: number, headers: OutgoingHeaders): BodyWriter {
    const stream = this.#stream;
    if (!stream.destroyed && !stream.closed) stream.respond({ ':status': status, ...headers });
    return {
      write: (chunk) => (stream.destroyed || stream.writableEnded ? true : stream.write(chunk)),
      end: () => {
        this.#isEnded = true;
        if (!stream.destroyed) stream.end();
      },
      onDrain: (listener) => void stream.on('drain', listener),
      get buffered() {
        return stream.writableLength;
      },
    };
  }

  takeOver(): never {
    throw new Error('a stream of HTTP/2 cannot be upgraded');
  }

  endConnection(): void {
    this.#stream.session?.close();
  }

  destroy(): void {
    this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }
}
