import type { Client, ServiceError } from '@grpc/grpc-js';
import { LENGTH_DELIMITED, ProtoReader, ProtoWriter } from '../../apimachinery/codec/protobuf/wire.ts';

/** The answers of a KMS plugin. Source: k8s.io/kms, apis/v2/api.proto: field numbers and the service's name. */
export interface KmsStatus {
  readonly version: string;
  /** `ok` when it works. */
  readonly healthz: string;
  readonly keyId: string;
}

export interface KmsEncrypted {
  readonly ciphertext: Buffer;
  readonly keyId: string;
  readonly annotations: ReadonlyMap<string, Buffer>;
}

function write(fill: (writer: ProtoWriter) => void): Buffer {
  const writer = new ProtoWriter();
  fill(writer);
  return Buffer.from(writer.finish());
}

/** A field of text or bytes; nothing when it is empty. */
export function writeField(writer: ProtoWriter, field: number, value: string | Uint8Array): void {
  if (value.length === 0) return;
  writer.tag(field, LENGTH_DELIMITED);
  if (typeof value === 'string') writer.string(value);
  else writer.bytes(value);
}

/** `map<string, bytes>`. */
export function writeAnnotations(writer: ProtoWriter, field: number, annotations: ReadonlyMap<string, Uint8Array>): void {
  for (const [name, value] of annotations) {
    writer.tag(field, LENGTH_DELIMITED);
    const mark = writer.begin();
    writeField(writer, 1, name);
    writeField(writer, 2, value);
    writer.end(mark);
  }
}

export function readAnnotation(reader: ProtoReader): [string, Buffer] {
  const entry = reader.message();
  let name = '';
  let value: Buffer = Buffer.alloc(0);
  while (!entry.atEnd) {
    const field = entry.next();
    if (field === 1) name = entry.string();
    else if (field === 2) value = Buffer.from(entry.bytes());
    else entry.skip();
  }
  return [name, value];
}

function readStatus(bytes: Uint8Array): KmsStatus {
  const texts = ['', '', '', ''];
  const reader = new ProtoReader(bytes);
  while (!reader.atEnd) {
    const field = reader.next();
    if (field >= 1 && field <= 3) texts[field] = reader.string();
    else reader.skip();
  }
  const [, version = '', healthz = '', keyId = ''] = texts;
  return { version, healthz, keyId };
}

function readEncrypted(bytes: Uint8Array): KmsEncrypted {
  const annotations = new Map<string, Buffer>();
  let ciphertext: Buffer = Buffer.alloc(0);
  let keyId = '';
  const reader = new ProtoReader(bytes);
  while (!reader.atEnd) {
    const field = reader.next();
    if (field === 1) ciphertext = Buffer.from(reader.bytes());
    else if (field === 2) keyId = reader.string();
    else if (field === 3) annotations.set(...readAnnotation(reader));
    else reader.skip();
  }
  return { ciphertext, keyId, annotations };
}

function readPlain(bytes: Uint8Array): Buffer {
  let plain: Buffer = Buffer.alloc(0);
  const reader = new ProtoReader(bytes);
  while (!reader.atEnd) {
    if (reader.next() === 1) plain = Buffer.from(reader.bytes());
    else reader.skip();
  }
  return plain;
}

/** The gRPC service `v2.KeyManagementService` on a unix socket. Calls reject with gRPC's error; gRPC is loaded here and not before. */
export class KmsService implements Disposable {
  readonly #client: Client;
  readonly #timeoutMs: number;

  private constructor(client: Client, timeoutMs: number) {
    this.#client = client;
    this.#timeoutMs = timeoutMs;
  }

  static async open(endpoint: string, timeoutMs: number): Promise<KmsService> {
    const grpc = await import('@grpc/grpc-js');
    return new KmsService(new grpc.Client(endpoint, grpc.credentials.createInsecure(), { 'grpc.max_reconnect_backoff_ms': 2000 }), timeoutMs);
  }

  /** `now`: milliseconds since 1970. */
  status(now: number): Promise<KmsStatus> {
    return this.#call('Status', Buffer.alloc(0), readStatus, now);
  }

  encrypt(plain: Uint8Array, uid: string, now: number): Promise<KmsEncrypted> {
    const request = write((writer) => {
      writeField(writer, 1, plain);
      writeField(writer, 2, uid);
    });
    return this.#call('Encrypt', request, readEncrypted, now);
  }

  decrypt(encrypted: KmsEncrypted, uid: string, now: number): Promise<Buffer> {
    const request = write((writer) => {
      writeField(writer, 1, encrypted.ciphertext);
      writeField(writer, 2, uid);
      writeField(writer, 3, encrypted.keyId);
      writeAnnotations(writer, 4, encrypted.annotations);
    });
    return this.#call('Decrypt', request, readPlain, now);
  }

  #call<Answer>(method: string, request: Buffer, decode: (bytes: Uint8Array) => Answer, now: number): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const options = { deadline: now + this.#timeoutMs };
    this.#client.makeUnaryRequest(`/v2.KeyManagementService/${method}`, (bytes: Buffer) => bytes, decode, request, options, (error: ServiceError | null, answer?: Answer) => {
      if (error || answer === undefined) reject(error ?? new Error(`no answer to ${method}`));
      else resolve(answer);
    });
    return promise;
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}
