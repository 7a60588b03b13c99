import { LENGTH_DELIMITED, ProtoReader, ProtoWriter, VARINT } from '../../apimachinery/codec/protobuf/wire.ts';
import type { Stored } from '../store.ts';

/** The messages of etcd's v3 API that the store uses. Source: etcd, api/etcdserverpb/rpc.proto and api/mvccpb/kv.proto. */
export interface RangeRequest {
  readonly key: Uint8Array;
  readonly rangeEnd?: Uint8Array | undefined;
  readonly limit?: number;
  readonly revision?: number;
  readonly countOnly?: boolean;
}

export interface RangeResponse {
  revision: number;
  kvs: Stored[];
  count: number;
}

/** A put or a deletion of one key, if its modRevision is `expected`; otherwise the key is read. */
export interface TxnRequest {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
  readonly expected: number | undefined;
  readonly lease: number;
}

export interface TxnResponse {
  revision: number;
  succeeded: boolean;
  /** What the key was before; when the transaction did not succeed: what it is. */
  previous: Stored | undefined;
}

export interface WatchRequest {
  readonly key: Uint8Array;
  readonly rangeEnd: Uint8Array;
  readonly startRevision: number;
}

export interface WatchEvent {
  type: 'put' | 'delete';
  kv: Stored;
  previous: Stored | undefined;
}

export interface WatchResponse {
  revision: number;
  created: boolean;
  canceled: boolean;
  compactRevision: number;
  cancelReason: string;
  events: WatchEvent[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const MOD_REVISION = 2;

function int(writer: ProtoWriter, field: number, value: number): void {
  if (value === 0) return;
  writer.tag(field, VARINT);
  writer.int64(value);
}

function bytes(writer: ProtoWriter, field: number, value: Uint8Array | undefined): void {
  if (!value) return;
  writer.tag(field, LENGTH_DELIMITED);
  writer.bytes(value);
}

function nested(writer: ProtoWriter, field: number, write: () => void): void {
  writer.tag(field, LENGTH_DELIMITED);
  const mark = writer.begin();
  write();
  writer.end(mark);
}

function range(writer: ProtoWriter, request: RangeRequest): void {
  bytes(writer, 1, request.key);
  bytes(writer, 2, request.rangeEnd);
  int(writer, 3, request.limit ?? 0);
  int(writer, 4, request.revision ?? 0);
  int(writer, 9, request.countOnly ? 1 : 0);
}

export function encodeRange(request: RangeRequest): Buffer {
  const writer = new ProtoWriter();
  range(writer, request);
  return Buffer.from(writer.finish());
}

export function encodeTxn({ key, value, expected, lease }: TxnRequest): Buffer {
  const writer = new ProtoWriter(256 + (value?.length ?? 0));
  if (expected !== undefined) {
    nested(writer, 1, () => {
      int(writer, 2, MOD_REVISION);
      bytes(writer, 3, key);
      // Written even when it is 0: it is a member of a oneof.
      writer.tag(6, VARINT);
      writer.int64(expected);
    });
  }
  nested(writer, 2, () => {
    nested(writer, value ? 2 : 3, () => {
      bytes(writer, 1, key);
      bytes(writer, 2, value);
      if (value) int(writer, 3, lease);
      int(writer, value ? 4 : 3, 1); // prev_kv
    });
  });
  nested(writer, 3, () => nested(writer, 1, () => range(writer, { key })));
  return Buffer.from(writer.finish());
}

export function encodeCompaction(revision: number): Buffer {
  const writer = new ProtoWriter();
  int(writer, 1, revision);
  return Buffer.from(writer.finish());
}

/** `id`: chosen by the caller, since those that etcd chooses do not fit a JavaScript number. */
export function encodeLeaseGrant({ ttlSeconds, id }: { ttlSeconds: number; id: number }): Buffer {
  const writer = new ProtoWriter();
  int(writer, 1, ttlSeconds);
  int(writer, 2, id);
  return Buffer.from(writer.finish());
}

export function encodeWatch({ key, rangeEnd, startRevision }: WatchRequest): Buffer {
  const writer = new ProtoWriter();
  nested(writer, 1, () => {
    bytes(writer, 1, key);
    bytes(writer, 2, rangeEnd);
    int(writer, 3, startRevision);
    int(writer, 4, 1); // progress_notify
    int(writer, 6, 1); // prev_kv
  });
  return Buffer.from(writer.finish());
}

/** Calls `read` with the number of each field, which reads it and returns true, or leaves it. */
function fields(reader: ProtoReader, read: (field: number) => boolean): void {
  for (let field = reader.next(); field !== 0; field = reader.next()) if (!read(field)) reader.skip();
}

/** For a `switch` or a chain of conditions: the action was done. */
function did(_action: unknown): true {
  return true;
}

function revisionOf(header: ProtoReader): number {
  let revision = 0;
  fields(header, (field) => field === 3 && did((revision = header.int64())));
  return revision;
}

/** Besides, `isLeased` when the key has a lease. */
function keyValue(reader: ProtoReader): Stored {
  const kv: Mutable<Stored> & { isLeased?: true } = { key: '', value: new Uint8Array(0), createRevision: 0, modRevision: 0 };
  fields(reader, (field) => {
    if (field === 1) return did((kv.key = reader.string()));
    if (field === 2) return did((kv.createRevision = reader.int64()));
    if (field === 3) return did((kv.modRevision = reader.int64()));
    if (field === 5) return did((kv.value = new Uint8Array(reader.bytes())));
    if (field === 6) kv.isLeased = true;
    return false;
  });
  return kv;
}

function rangeResponse(reader: ProtoReader): RangeResponse {
  const response: RangeResponse = { revision: 0, kvs: [], count: 0 };
  fields(reader, (field) => {
    if (field === 1) return did((response.revision = revisionOf(reader.message())));
    if (field === 2) return did(response.kvs.push(keyValue(reader.message())));
    if (field === 4) return did((response.count = reader.int64()));
    return false;
  });
  return response;
}

export function decodeRange(buffer: Uint8Array): RangeResponse {
  return rangeResponse(new ProtoReader(buffer));
}

/** The state of the key in one answer of a transaction: kvs of a range, prev_kv of a put, prev_kvs of a deletion. */
function stateIn(answer: ProtoReader): Stored | undefined {
  let state: Stored | undefined;
  fields(answer, (kind) => {
    if (kind < 1 || kind > 3) return false;
    const body = answer.message();
    const wanted = kind === 3 ? 3 : 2;
    fields(body, (field) => field === wanted && did((state = keyValue(body.message()))));
    return true;
  });
  return state;
}

export function decodeTxn(buffer: Uint8Array): TxnResponse {
  const reader = new ProtoReader(buffer);
  const response: TxnResponse = { revision: 0, succeeded: false, previous: undefined };
  fields(reader, (field) => {
    if (field === 1) return did((response.revision = revisionOf(reader.message())));
    if (field === 2) return did((response.succeeded = reader.bool()));
    if (field === 3) return did((response.previous = stateIn(reader.message())));
    return false;
  });
  return response;
}

export function decodeWatch(buffer: Uint8Array): WatchResponse {
  const reader = new ProtoReader(buffer);
  const response: WatchResponse = { revision: 0, created: false, canceled: false, compactRevision: 0, cancelReason: '', events: [] };
  fields(reader, (field) => {
    if (field === 1) return did((response.revision = revisionOf(reader.message())));
    if (field === 3) return did((response.created = reader.bool()));
    if (field === 4) return did((response.canceled = reader.bool()));
    if (field === 5) return did((response.compactRevision = reader.int64()));
    if (field === 6) return did((response.cancelReason = reader.string()));
    if (field === 11) return did(response.events.push(watchEvent(reader.message())));
    return false;
  });
  return response;
}

function watchEvent(reader: ProtoReader): WatchEvent {
  const event: WatchEvent = { type: 'put', kv: { key: '', value: new Uint8Array(0), createRevision: 0, modRevision: 0 }, previous: undefined };
  fields(reader, (field) => {
    if (field === 1) return did((event.type = reader.int32() === 1 ? 'delete' : 'put'));
    if (field === 2) return did((event.kv = keyValue(reader.message())));
    if (field === 3) return did((event.previous = keyValue(reader.message())));
    return false;
  });
  return event;
}
