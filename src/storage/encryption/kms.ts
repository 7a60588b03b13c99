import { hkdfSync } from 'node:crypto';
import { LENGTH_DELIMITED, ProtoReader, ProtoWriter, VARINT } from '../../apimachinery/codec/protobuf/wire.ts';
import type { Clock } from '../../base/clock.ts';
import { type Component, TaskGroup } from '../../base/lifecycle.ts';
import type { Logger } from '../../base/logger.ts';
import { type Random, randomUid } from '../../base/random.ts';
import { type KmsEncrypted, KmsService, readAnnotation, writeAnnotations, writeField } from './kms-service.ts';
import { aesGcm } from './local-ciphers.ts';
import { asBuffer, type Decrypted, ENCRYPTED, type Transformer } from './transformer.ts';

const SEED_BYTES = 32;
const INFO_BYTES = 32;
/** How often the plugin is asked for its state and its newest key, while it is healthy and while it is not. */
const POLL_MS = 60_000;
const UNHEALTHY_POLL_MS = 10_000;
/** Seeds that are remembered once the plugin has decrypted them; there is one a key and run of a server. */
const MAX_SEEDS = 1000;
/** `HKDF_SHA256_XNONCE_AES_GCM_SEED`: what the plugin encrypts is a seed, and each value has a key derived from it. */
const SEED_SOURCE = 1;

interface Seed {
  readonly secret: Buffer;
  readonly encrypted: KmsEncrypted;
}

interface EncryptedObject {
  readonly data: Buffer;
  readonly seed: KmsEncrypted;
}

/**
 * Envelope encryption with a KMS v2 plugin: the plugin encrypts one seed when the server starts and whenever its key changes; values are encrypted here, each
 * under a key derived from the seed and random bytes that stand beside the value. Source: KEP-3299.
 */
export class KmsTransformer implements Transformer, Component {
  readonly prefix: string;
  readonly #endpoint: string;
  readonly #timeoutMs: number;
  readonly #name: string;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #logger: Logger;
  readonly #tasks = new TaskGroup();
  readonly #seeds = new Map<string, Promise<Buffer> | Buffer>();
  #service: KmsService | undefined;
  #current: Seed | undefined;
  /** What is wrong with the plugin, as it was found when it was asked last. */
  problem: string | undefined;

  constructor(options: { name: string; endpoint: string; timeoutMs: number; clock: Clock; random: Random; logger: Logger }) {
    this.#name = options.name;
    this.prefix = `${ENCRYPTED}kms:v2:${options.name}:`;
    this.#endpoint = options.endpoint;
    this.#timeoutMs = options.timeoutMs;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#logger = options.logger;
  }

  get done(): Promise<void> {
    return this.#tasks.done;
  }

  get generation(): string {
    return `${this.prefix}${this.#current?.encrypted.keyId ?? ''}`;
  }

  /** Resolves once the plugin has encrypted a seed. Rejects when it cannot be reached or is not healthy. */
  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#service = await KmsService.open(this.#endpoint, this.#timeoutMs);
    try {
      await this.#refresh();
    } catch (error) {
      this.#service[Symbol.dispose]();
      throw new Error(`the KMS plugin "${this.#name}" at ${this.#endpoint} does not work: ${(error as Error).message}`, { cause: error });
    }
    this.#tasks.run((until) => this.#poll(until));
    signal.addEventListener('abort', () => void this.#tasks.close(), { once: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks.close();
    this.#service?.[Symbol.dispose]();
  }

  async #poll(signal: AbortSignal): Promise<void> {
    for (let wait = POLL_MS; ; ) {
      await this.#clock.sleep(wait, signal);
      try {
        await this.#refresh();
        this.problem = undefined;
        wait = POLL_MS;
      } catch (error) {
        // Values go on being encrypted under the seed that is there.
        this.#logger.error('the KMS plugin does not answer as it should', { plugin: this.#name, error });
        this.problem = error instanceof Error ? error.message : String(error);
        wait = UNHEALTHY_POLL_MS;
      }
    }
  }

  /** Takes a new seed when the plugin has another key than the one that encrypted ours. */
  async #refresh(): Promise<void> {
    const service = this.#running();
    const status = await service.status(this.#clock.now());
    if (status.version !== 'v2' && status.version !== 'v2beta1') throw new Error(`it speaks version "${status.version}", not v2`);
    if (status.healthz !== 'ok') throw new Error(`it says that it is not healthy: ${status.healthz}`);
    if (status.keyId === '') throw new Error('it names no key');
    if (status.keyId === this.#current?.encrypted.keyId) return;
    const secret = Buffer.from(this.#random.bytes(SEED_BYTES));
    const encrypted = await service.encrypt(secret, randomUid(this.#random), this.#clock.now());
    if (encrypted.keyId === '' || encrypted.ciphertext.length === 0) throw new Error('its answer to Encrypt lacks the key or the ciphertext');
    this.#remember(encrypted, secret);
    this.#current = { secret, encrypted };
  }

  #running(): KmsService {
    if (!this.#service) throw new Error(`the KMS plugin "${this.#name}" has not been started`);
    return this.#service;
  }

  encrypt(plain: Uint8Array, key: string): Buffer {
    const current = this.#current;
    if (!current) throw new Error(`the KMS plugin "${this.#name}" has given no key yet`);
    const info = Buffer.from(this.#random.bytes(INFO_BYTES));
    const data = Buffer.concat([info, aesGcm(derived(current.secret, info), this.#random).seal(plain, key)]);
    return Buffer.concat([Buffer.from(this.prefix), encodeObject({ data, seed: current.encrypted })]);
  }

  decrypt(stored: Buffer, key: string): Decrypted | Promise<Decrypted> {
    const object = decodeObject(stored.subarray(Buffer.byteLength(this.prefix)));
    const generation = `${this.prefix}${object.seed.keyId}`;
    const open = (seed: Buffer): Decrypted => {
      const secret = derived(seed, object.data.subarray(0, INFO_BYTES));
      return { plain: asBuffer(aesGcm(secret, this.#random).open(object.data.subarray(INFO_BYTES), key)), generation };
    };
    const seed = this.#seedOf(object.seed);
    return seed instanceof Promise ? seed.then(open) : open(seed);
  }

  #seedOf(encrypted: KmsEncrypted): Promise<Buffer> | Buffer {
    const id = encrypted.ciphertext.toString('base64');
    const known = this.#seeds.get(id);
    if (known) return known;
    const asked = this.#ask(encrypted, id);
    this.#seeds.set(id, asked);
    return asked;
  }

  async #ask(encrypted: KmsEncrypted, id: string): Promise<Buffer> {
    try {
      const secret = await this.#running().decrypt(encrypted, randomUid(this.#random), this.#clock.now());
      this.#remember(encrypted, secret);
      return secret;
    } catch (error) {
      this.#seeds.delete(id);
      throw error;
    }
  }

  #remember(encrypted: KmsEncrypted, secret: Buffer): void {
    this.#seeds.set(encrypted.ciphertext.toString('base64'), secret);
    const [oldest] = this.#seeds.keys();
    if (this.#seeds.size > MAX_SEEDS && oldest !== undefined) this.#seeds.delete(oldest);
  }
}

function derived(seed: Buffer, info: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', seed, Buffer.alloc(0), info, SEED_BYTES));
}

function encodeObject({ data, seed }: EncryptedObject): Buffer {
  const writer = new ProtoWriter(data.length + seed.ciphertext.length + 256);
  writeField(writer, 1, data);
  writeField(writer, 2, seed.keyId);
  writeField(writer, 3, seed.ciphertext);
  writeAnnotations(writer, 4, seed.annotations);
  writer.tag(5, VARINT);
  writer.uint32(SEED_SOURCE);
  return Buffer.from(writer.finish());
}

function decodeObject(bytes: Buffer): EncryptedObject {
  let data: Buffer = Buffer.alloc(0);
  let ciphertext: Buffer = Buffer.alloc(0);
  let keyId = '';
  let source = 0;
  const annotations = new Map<string, Buffer>();
  const reader = new ProtoReader(bytes);
  while (!reader.atEnd) {
    const field = reader.next();
    if (field === 5 && reader.wireType === VARINT) source = reader.uint32();
    else if (reader.wireType !== LENGTH_DELIMITED) reader.skip();
    else if (field === 1) data = Buffer.from(reader.bytes());
    else if (field === 2) keyId = reader.string();
    else if (field === 3) ciphertext = Buffer.from(reader.bytes());
    else if (field === 4) annotations.set(...readAnnotation(reader));
    else reader.skip();
  }
  if (source !== SEED_SOURCE) throw new Error(`the value's key is of a source (${source}) that is not known here`);
  return { data, seed: { ciphertext, keyId, annotations } };
}
