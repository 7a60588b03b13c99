import { rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Server, ServerCredentials, status as grpcStatus, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js';

/** One field of a protobuf message: text, bytes, a message that is written already, or a number. */
export function field(number: number, value: string | Uint8Array | number): Buffer {
  if (typeof value === 'number') return Buffer.concat([varint(number << 3), varint(value)]);
  const bytes = Buffer.from(value as string);
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  do {
    bytes.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
    left >>>= 7;
  } while (left > 0);
  return Buffer.from(bytes);
}

export const message = (...fields: readonly Buffer[]): Buffer => Buffer.concat(fields);

/** The fields of a message in their order: number and, for those with a length, their bytes. */
export function fieldsOf(bytes: Buffer): { number: number; bytes: Buffer; value: number }[] {
  const found: { number: number; bytes: Buffer; value: number }[] = [];
  let at = 0;
  const next = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const key = next();
    const value = next();
    if ((key & 7) === 2) {
      found.push({ number: key >>> 3, bytes: bytes.subarray(at, at + value), value });
      at += value;
    } else found.push({ number: key >>> 3, bytes: Buffer.alloc(0), value });
  }
  return found;
}

export const textOf = (bytes: Buffer, number: number): string => fieldsOf(bytes).find((one) => one.number === number)?.bytes.toString() ?? '';

/** Throw it in a method to refuse a call. */
export class Refusal extends Error {
  readonly code: number;

  constructor(message: string, code: number = grpcStatus.INTERNAL) {
    super(message);
    this.code = code;
  }
}

/** Answers a call, bytes for bytes. */
export type Method = (request: Buffer) => Buffer | Promise<Buffer>;

/** A gRPC server on a socket: a driver of somebody else's. By full paths of methods; others are unimplemented. */
export async function servePlugin(socketPath: string, methods: Readonly<Record<string, Method>>): Promise<AsyncDisposable> {
  const identity = (bytes: Buffer): Buffer => bytes;
  const shape = { requestStream: false, responseStream: false, requestSerialize: identity, requestDeserialize: identity, responseSerialize: identity, responseDeserialize: identity } as const;
  const service: ServiceDefinition = Object.fromEntries(Object.keys(methods).map((path) => [path, { path, ...shape }]));
  const implementation: UntypedServiceImplementation = Object.fromEntries(Object.entries(methods).map(([path, method]) => [path, (call: { request: Buffer }, answer: (error: Error | null, value?: Buffer) => void) => {
    Promise.resolve().then(() => method(call.request)).then((value) => answer(null, value), (error: Error) => answer(error));
  }]));
  const server = new Server();
  server.addService(service, implementation);
  await mkdir(dirname(socketPath), { recursive: true });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.bindAsync(`unix:${socketPath}`, ServerCredentials.createInsecure(), (error) => (error ? reject(error) : resolve()));
  await promise;
  return {
    async [Symbol.asyncDispose]() {
      server.forceShutdown();
      rmSync(socketPath, { force: true });
    },
  };
}

/** What a registrar's socket answers, and what it is told. */
export function registrar(info: { type: string; name: string; endpoint: string; versions: readonly string[] }, told: { registered: boolean; error: string }[]): Record<string, Method> {
  return {
    '/pluginregistration.Registration/GetInfo': () => message(field(1, info.type), field(2, info.name), field(3, info.endpoint), ...info.versions.map((version) => field(4, version))),
    '/pluginregistration.Registration/NotifyRegistrationStatus': (request) => {
      told.push({ registered: fieldsOf(request).some(({ number, value }) => number === 1 && value === 1), error: textOf(request, 2) });
      return Buffer.alloc(0);
    },
  };
}
