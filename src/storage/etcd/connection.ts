import type { Client, ClientDuplexStream, ServiceError } from '@grpc/grpc-js';

/** What a connection to etcd over TLS needs, as PEM. */
export interface EtcdTls {
  readonly ca?: Uint8Array;
  readonly cert?: Uint8Array;
  readonly key?: Uint8Array;
}

/** A call: its path and how its messages are written and read. */
export interface Method<Request, Response> {
  readonly path: string;
  readonly encode: (request: Request) => Buffer;
  readonly decode: (bytes: Uint8Array) => Response;
}

const CALL_MS = 30_000;
const MAX_MESSAGE_BYTES = 512 * 1024 * 1024;

/** One gRPC channel over all endpoints of an etcd cluster; gRPC is loaded here and not before. */
export class EtcdConnection implements Disposable {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  /** `endpoints`: `http://host:port` or `https://host:port`, of one kind. */
  static async open(endpoints: readonly string[], tls: EtcdTls = {}): Promise<EtcdConnection> {
    const grpc = await import('@grpc/grpc-js');
    const urls = endpoints.map((endpoint) => new URL(endpoint));
    const [first] = urls;
    if (!first) throw new RangeError('etcd needs at least one endpoint');
    const pem = (bytes: Uint8Array | undefined): Buffer | null => (bytes ? Buffer.from(bytes) : null);
    const credentials = first.protocol === 'https:' ? grpc.credentials.createSsl(pem(tls.ca), pem(tls.key), pem(tls.cert)) : grpc.credentials.createInsecure();
    const hosts = urls.map((url) => `${url.hostname}:${url.port || '2379'}`);
    // Names are resolved by DNS, one at a time; several endpoints are addresses.
    const target = hosts.length === 1 ? `dns:${hosts[0]}` : `${first.hostname.startsWith('[') ? 'ipv6' : 'ipv4'}:${hosts.join(',')}`;
    const client = new grpc.Client(target, credentials, {
      'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
      'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 2000,
      'grpc.keepalive_time_ms': 30_000,
      'grpc.keepalive_timeout_ms': 10_000,
      'grpc.use_local_subchannel_pool': 1,
    });
    return new EtcdConnection(client);
  }

  /** Rejects with gRPC's error, whose `code` and `details` tell what happened. `now`: milliseconds since 1970. */
  call<Request, Response>(method: Method<Request, Response>, request: Request, now: number): Promise<Response> {
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    this.#client.makeUnaryRequest(method.path, method.encode, method.decode, request, { deadline: now + CALL_MS }, (error: ServiceError | null, answer?: Response) => {
      if (error || answer === undefined) reject(error ?? new Error(`no answer to ${method.path}`));
      else resolve(answer);
    });
    return promise;
  }

  stream<Request, Response>(method: Method<Request, Response>): ClientDuplexStream<Request, Response> {
    return this.#client.makeBidiStreamRequest(method.path, method.encode, method.decode);
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}
