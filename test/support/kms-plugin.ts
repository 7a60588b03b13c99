import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { chmodSync } from 'node:fs';
import * as grpc from '@grpc/grpc-js';
import { ProtoReader, ProtoWriter } from '../../src/apimachinery/codec/protobuf/wire.ts';

const LENGTH_DELIMITED = 2;

function encode(fields: readonly (string | Buffer)[]): Buffer {
  const writer = new ProtoWriter();
  fields.forEach((value, i) => {
    writer.tag(i + 1, LENGTH_DELIMITED);
    writer.bytes(Buffer.from(value));
  });
  return Buffer.from(writer.finish());
}

function decode(bytes: Buffer): Buffer[] {
  const fields: Buffer[] = [];
  const reader = new ProtoReader(bytes);
  while (!reader.atEnd) fields[reader.next()] = Buffer.from(reader.bytes());
  return fields;
}

/** A KMS v2 plugin on a unix socket, over real gRPC, whose key can be rotated. */
export class KmsPlugin implements AsyncDisposable {
  readonly endpoint: string;
  readonly #server = new grpc.Server();
  readonly #keys = new Map<string, Buffer>([['key-1', randomBytes(32)]]);
  keyId = 'key-1';
  healthz = 'ok';
  decrypts = 0;

  constructor(socket: string) {
    this.endpoint = `unix://${socket}`;
    const method = (name: string): grpc.MethodDefinition<Buffer, Buffer> => ({
      path: `/v2.KeyManagementService/${name}`, requestStream: false, responseStream: false,
      requestSerialize: (b) => b, requestDeserialize: (b) => b, responseSerialize: (b) => b, responseDeserialize: (b) => b,
    });
    const handler = (answer: (fields: Buffer[]) => Buffer): grpc.handleUnaryCall<Buffer, Buffer> => (call, done) => {
      try {
        done(null, answer(decode(call.request)));
      } catch (error) {
        done({ code: grpc.status.INTERNAL, details: (error as Error).message });
      }
    };
    this.#server.addService({ Status: method('Status'), Encrypt: method('Encrypt'), Decrypt: method('Decrypt') }, {
      Status: handler(() => encode(['v2', this.healthz, this.keyId])),
      Encrypt: handler(([, plain = Buffer.alloc(0)]) => this.#encrypt(plain)),
      Decrypt: handler(([, ciphertext = Buffer.alloc(0), , keyId = Buffer.alloc(0)]) => encode([this.#decrypt(ciphertext, keyId.toString())])),
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      this.#server.bindAsync(this.endpoint, grpc.ServerCredentials.createInsecure(), (error) => (error ? reject(error) : resolve()));
    });
    chmodSync(this.endpoint.slice('unix://'.length), 0o600);
    return this;
  }

  rotate(keyId: string): void {
    this.#keys.set(keyId, randomBytes(32));
    this.keyId = keyId;
  }

  #encrypt(plain: Buffer): Buffer {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#keys.get(this.keyId) ?? Buffer.alloc(0), iv);
    const ciphertext = Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    return encode([ciphertext, this.keyId]);
  }

  #decrypt(ciphertext: Buffer, keyId: string): Buffer {
    this.decrypts++;
    const decipher = createDecipheriv('aes-256-gcm', this.#keys.get(keyId) ?? Buffer.alloc(0), ciphertext.subarray(0, 12));
    decipher.setAuthTag(ciphertext.subarray(-16));
    return Buffer.concat([decipher.update(ciphertext.subarray(12, -16)), decipher.final()]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.resolve(this.#server.forceShutdown());
  }
}
