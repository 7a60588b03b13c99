import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream, type IncomingHttpHeaders } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import type { Clock } from '../../base/clock.ts';
import { RuntimeError, type RuntimeErrorReason } from '../runtime.ts';
import { FrameReader, frameOf } from './grpc-frames.ts';
import type { MessageTable } from './message-codec.ts';

/** The names of gRPC's codes, from 1 on. */
const CODES: readonly RuntimeErrorReason[] = [
  'Canceled', 'Unknown', 'InvalidArgument', 'DeadlineExceeded', 'NotFound', 'AlreadyExists', 'PermissionDenied', 'ResourceExhausted',
  'FailedPrecondition', 'Aborted', 'OutOfRange', 'Unimplemented', 'Internal', 'Unavailable', 'DataLoss', 'Unauthenticated',
];

/** A method: the full path, and the names of its request and response in a table. */
export interface GrpcMethod {
  readonly path: string;
  readonly table: MessageTable;
  readonly request: string;
  readonly response: string;
  /** Sent with every call. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface CallLimit {
  readonly clock: Clock;
  readonly ms: number;
}

/** So much may come before it is read: a list of a full node's containers is well below. */
const WINDOW_BYTES = 4 * 1024 * 1024;

/**
 * A client of gRPC servers over one HTTP/2 connection: `unix:/path` or `host:port`, without TLS. It connects at the first call, and again after a
 * break; calls fail with `Unavailable` meanwhile. Source: "gRPC over HTTP2" of the gRPC documentation.
 */
export class GrpcConnection implements AsyncDisposable {
  readonly #target: string;
  #session: ClientHttp2Session | undefined;
  #isClosed = false;

  constructor(target: string) {
    this.#target = target;
  }

  /** One request, one answer. Rejects with a `RuntimeError`, or with the signal's reason. */
  async call(method: GrpcMethod, request: object, signal: AbortSignal, limit?: CallLimit): Promise<Record<string, unknown>> {
    signal.throwIfAborted();
    const call = new Call(this.#open(method, request, limit), signal);
    let isLate = false;
    using _alarm = limit && limit.clock.after(limit.ms, () => {
      isLate = true;
      call.cancel();
    });
    const [answer] = await call.all();
    if (isLate) throw new RuntimeError('DeadlineExceeded', 'context deadline exceeded');
    call.check();
    if (!answer) throw new RuntimeError('Internal', 'the server gave no answer');
    return method.table.decode(method.response, answer);
  }

  /** One request, a stream of answers. Ends quietly with the signal; throws a `RuntimeError` when the server ends it with an error. */
  async *stream(method: GrpcMethod, request: object, signal: AbortSignal): AsyncIterable<Record<string, unknown>> {
    if (signal.aborted) return;
    const call = new Call(this.#open(method, request), signal);
    try {
      for await (const message of call.each()) yield method.table.decode(method.response, message);
      call.check();
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #open(method: GrpcMethod, request: object, limit?: CallLimit): ClientHttp2Stream {
    const stream = this.#connected().request({
      ':method': 'POST', ':path': method.path, 'content-type': 'application/grpc', te: 'trailers', ...method.headers,
      ...(limit && { 'grpc-timeout': `${Math.ceil(limit.ms)}m` }),
    });
    stream.end(frameOf(method.table.encode(method.request, request)));
    return stream;
  }

  #connected(): ClientHttp2Session {
    if (this.#isClosed) throw new RuntimeError('Canceled', 'the connection is closed');
    if (this.#session && !this.#session.closed && !this.#session.destroyed) return this.#session;
    const target = this.#target;
    const url = target.startsWith('unix:') ? 'http://localhost' : `http://${target}`;
    const session = connect(url, {
      ...(target.startsWith('unix:') && { createConnection: () => connectSocket(target.slice('unix:'.length)) }),
      settings: { initialWindowSize: WINDOW_BYTES, enablePush: false },
    });
    session.on('connect', () => session.setLocalWindowSize(WINDOW_BYTES));
    session.on('error', () => undefined);
    session.on('goaway', () => session.close());
    this.#session = session;
    return session;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#session?.destroy();
  }
}

/** One stream of the connection: what came on it, and how it ended. */
class Call {
  readonly #stream: ClientHttp2Stream;
  readonly #signal: AbortSignal;
  #status: IncomingHttpHeaders | undefined;
  #error: Error | undefined;

  constructor(stream: ClientHttp2Stream, signal: AbortSignal) {
    this.#stream = stream;
    this.#signal = signal;
    const cancel = (): void => this.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    stream.on('response', (headers) => this.#note(headers));
    stream.on('trailers', (headers) => this.#note(headers));
    stream.on('error', (error: Error) => (this.#error = error));
    stream.once('close', () => signal.removeEventListener('abort', cancel));
  }

  #note(headers: IncomingHttpHeaders): void {
    if (headers['grpc-status'] !== undefined) this.#status = headers;
    else if (headers[':status'] !== undefined && Number(headers[':status']) !== 200) this.#status = { 'grpc-status': '14', 'grpc-message': `unexpected HTTP status ${String(headers[':status'])}` };
  }

  cancel(): void {
    if (!this.#stream.closed) this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  /** Every message, once the stream is closed, however it ended. */
  all(): Promise<Buffer[]> {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer[]>();
    const frames = new FrameReader();
    const messages: Buffer[] = [];
    this.#stream.on('data', (piece: Buffer) => {
      try {
        messages.push(...frames.take(piece));
      } catch (error) {
        this.cancel();
        reject(new RuntimeError('Internal', (error as Error).message, { cause: error }));
      }
    });
    this.#stream.once('close', () => resolve(messages));
    return promise;
  }

  /** Every message as it comes; the stream is closed when the reader goes away. */
  async *each(): AsyncIterable<Buffer> {
    const frames = new FrameReader();
    try {
      for await (const piece of this.#stream) yield* frames.take(piece as Buffer);
    } catch (error) {
      this.#error ??= error as Error;
    } finally {
      this.cancel();
    }
  }

  /** Throws what the stream ended with, unless that is success. */
  check(): void {
    this.#signal.throwIfAborted();
    const status = this.#status;
    if (!status) throw new RuntimeError('Unavailable', `connection error: ${this.#error ? textOf(this.#error) : 'it broke before the answer was complete'}`, { cause: this.#error });
    const code = Number(status['grpc-status']);
    if (code !== 0) throw new RuntimeError(CODES[code - 1] ?? 'Unknown', decodeMessage(String(status['grpc-message'] ?? '')));
  }
}

/** The system's reason, which HTTP/2 wraps. */
function textOf({ message, cause }: Error): string {
  return cause instanceof Error ? cause.message : message;
}

/** Bytes that are not plain ASCII come as `%xx`. */
function decodeMessage(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a server that does not encode
  }
}
