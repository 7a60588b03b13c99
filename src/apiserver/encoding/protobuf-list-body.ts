import { ENVELOPE_TAIL, envelopeHead } from '../../apimachinery/codec/protobuf/envelope.ts';
import { LENGTH_DELIMITED, ProtoWriter } from '../../apimachinery/codec/protobuf/wire.ts';
import type { LongBody } from '../http/long-body.ts';
import { PartsBody } from './parts-body.ts';

/** Lists of all kinds have their items there. */
const ITEMS_FIELD = 2;
/** So many items are encoded before others have their turn. */
const ITEMS_PER_TURN = 100;
/** Up to so much is kept from the first pass; what comes behind is encoded again when it is sent. */
const KEPT_BYTES = 4 << 20;

export interface ProtobufListOptions {
  readonly apiVersion: string;
  readonly kind: string;
  /** The message of the list without its items. */
  readonly shell: Uint8Array;
  readonly count: number;
  /** The message of one item. */
  readonly item: (index: number) => Uint8Array;
}

/** A list in protobuf, which begins with how long it is: its items are encoded once to measure them. */
export class ProtobufListBody implements LongBody {
  readonly length = undefined;
  readonly #options: ProtobufListOptions;
  readonly #kept: Uint8Array[] = [];
  #parts: PartsBody | undefined;

  constructor(options: ProtobufListOptions) {
    this.#options = options;
  }

  fill(target: Buffer): number | Promise<number> {
    return this.#parts ? this.#parts.fill(target) : this.#start(target);
  }

  async #start(target: Buffer): Promise<number> {
    const parts = (this.#parts = new PartsBody(this.#all(await this.#measure())));
    return parts.fill(target);
  }

  /** Bytes of the message of the list. */
  async #measure(): Promise<number> {
    const { shell, count, item } = this.#options;
    let bytes = shell.length;
    for (let index = 0; index < count; index++) {
      if (index % ITEMS_PER_TURN === ITEMS_PER_TURN - 1) await new Promise<void>((resolve) => setImmediate(resolve));
      const part = itemPart(item(index));
      bytes += part.length;
      if (bytes < KEPT_BYTES) this.#kept.push(part);
    }
    return bytes;
  }

  *#all(rawBytes: number): Generator<Uint8Array, void> {
    const { apiVersion, kind, shell, count, item } = this.#options;
    yield envelopeHead({ apiVersion, kind, rawBytes });
    yield shell;
    yield* this.#kept;
    const kept = this.#kept.length;
    this.#kept.length = 0;
    for (let index = kept; index < count; index++) yield itemPart(item(index));
    yield ENVELOPE_TAIL;
  }
}

function itemPart(item: Uint8Array): Uint8Array {
  const writer = new ProtoWriter(item.length + 8);
  writer.tag(ITEMS_FIELD, LENGTH_DELIMITED);
  writer.bytes(item);
  return writer.finish();
}
