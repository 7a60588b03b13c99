import type { Client, ClientReadableStream, Metadata, ServiceError } from '@grpc/grpc-js';
import { RuntimeError, type RuntimeErrorReason } from '../runtime.ts';
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

/** One HTTP/2 connection to a gRPC server: `unix:/path` or `host:port`, without TLS. It connects by itself, and again after a break. */
export class GrpcConnection implements AsyncDisposable {
  readonly #client: Client;
  readonly #newMetadata: () => Metadata;

  private constructor(client: Client, newMetadata: () => Metadata) {
    this.#client = client;
    this.#newMetadata = newMetadata;
  }

  /** gRPC is loaded here and not before: an API server or a simulated node never needs it. */
  static async open(target: string): Promise<GrpcConnection> {
    const grpc = await import('@grpc/grpc-js');
    const client = new grpc.Client(target, grpc.credentials.createInsecure(), {
      'grpc.max_receive_message_length': 64 * 1024 * 1024,
      'grpc.initial_reconnect_backoff_ms': 50,
      'grpc.max_reconnect_backoff_ms': 1000,
      'grpc.enable_retries': 0,
      'grpc.use_local_subchannel_pool': 1,
    });
    return new GrpcConnection(client, () => new grpc.Metadata());
  }

  /** One request, one answer. Rejects with a `RuntimeError`, or with the signal's reason. */
  call(method: GrpcMethod, request: object, signal: AbortSignal, deadline?: Date): Promise<Record<string, unknown>> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    const { promise, resolve, reject } = Promise.withResolvers<Record<string, unknown>>();
    const options = deadline ? { deadline } : {};
    const metadata = this.#newMetadata();
    for (const [name, value] of Object.entries(method.headers ?? {})) metadata.set(name, value);
    const call = this.#client.makeUnaryRequest(
      method.path,
      (value: object) => Buffer.from(method.table.encode(method.request, value)),
      (bytes: Buffer) => method.table.decode(method.response, bytes),
      request,
      metadata,
      options,
      (error: ServiceError | null, answer?: Record<string, unknown>) => {
        signal.removeEventListener('abort', cancel);
        if (signal.aborted) reject(signal.reason as Error);
        else if (error) reject(asRuntimeError(error));
        else resolve(answer ?? {});
      },
    );
    const cancel = (): void => call.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    return promise;
  }

  /** One request, a stream of answers. Ends quietly with the signal; throws a `RuntimeError` when the server ends it with an error. */
  async *stream(method: GrpcMethod, request: object, signal: AbortSignal): AsyncIterable<Record<string, unknown>> {
    if (signal.aborted) return;
    const call: ClientReadableStream<Record<string, unknown>> = this.#client.makeServerStreamRequest(
      method.path,
      (value: object) => Buffer.from(method.table.encode(method.request, value)),
      (bytes: Buffer) => method.table.decode(method.response, bytes),
      request,
    );
    const cancel = (): void => call.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      for await (const answer of call) yield answer as Record<string, unknown>;
    } catch (error) {
      if (signal.aborted) return;
      throw asRuntimeError(error as ServiceError);
    } finally {
      signal.removeEventListener('abort', cancel);
      call.cancel();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
  }
}

function asRuntimeError(error: ServiceError): RuntimeError {
  return new RuntimeError(CODES[error.code - 1] ?? 'Unknown', error.details || error.message, { cause: error });
}
