import type { FieldSet } from '../../apimachinery/apply/field-set.ts';
import { mayHoldLarge, parseWhole, stringifyWhole } from '../../apimachinery/whole-numbers.ts';
import { builtInVersions } from '../../api/built-in-versions.ts';
import { jsonKinds } from '../../api/json-kinds.ts';
import { decodeAs } from '../registry/decoding.ts';
import { sharedSets } from '../../apimachinery/apply/shared-sets.ts';
import type { DeepReadonly, KubeObject, ObjectMeta } from '../../apimachinery/meta.ts';

const UID = Buffer.from('"uid":"');
const METADATA = Buffer.from('"metadata":{');
const QUOTE = 0x22;
const NEWLINE = 0x0a;

/** Those that show more than what is stored: very few. */
const storedLess = new WeakSet<Entry>();

/**
 * One object at one revision: the JSON of its storage version, made once, and its parsed form, made when first asked for and shared by all who read it.
 */
export class Entry {
  readonly key: string;
  readonly revision: number;
  /** The JSON with resourceVersion, and a newline behind it, as answers end. */
  readonly line: Buffer;
  /** Where the digits of resourceVersion are in `bytes`. */
  readonly #versionStart: number;
  readonly #versionEnd: number;
  #object: DeepReadonly<KubeObject> | undefined;

  private constructor(options: { key: string; revision: number; line: Buffer; versionStart: number; versionEnd: number; object: DeepReadonly<KubeObject> | undefined }) {
    this.key = options.key;
    this.revision = options.revision;
    this.line = options.line;
    this.#versionStart = options.versionStart;
    this.#versionEnd = options.versionEnd;
    this.#object = options.object;
  }

  /** `value`: the stored JSON, without resourceVersion. `object`: the same, parsed, with it. */
  static fromStored(key: string, revision: number, value: Uint8Array, object?: DeepReadonly<KubeObject>): Entry {
    const stored = Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    const { at, before, after } = spliceOf(stored);
    const digits = String(revision);
    // Memory of its own: in Node's pool one object would hold a whole slab of buffers that have long gone.
    const line = Buffer.allocUnsafeSlow(stored.length + before.length + digits.length + after.length + 1);
    stored.copy(line, 0, 0, at);
    const versionStart = at + before.length;
    const versionEnd = versionStart + digits.length;
    line.write(`${before}${digits}${after}`, at, 'latin1');
    stored.copy(line, versionEnd + after.length, at);
    line[line.length - 1] = NEWLINE;
    return new Entry({ key, revision, line, versionStart, versionEnd, object });
  }

  /** `object`, with its resourceVersion, is what is read of something that was stored without some of it. */
  static completed(key: string, revision: number, object: DeepReadonly<KubeObject>): Entry {
    const entry = Entry.fromStored(key, revision, storedBytes(object), object);
    storedLess.add(entry);
    return entry;
  }

  /** What a dry run would have stored: it has no resourceVersion. */
  static withoutVersion(key: string, bytes: Buffer): Entry {
    const line = Buffer.allocUnsafeSlow(bytes.length + 1);
    bytes.copy(line);
    line[bytes.length] = NEWLINE;
    return new Entry({ key, revision: 0, line, versionStart: 0, versionEnd: 0, object: undefined });
  }

  static ofObject(key: string, revision: number, object: DeepReadonly<KubeObject>): Entry {
    return Entry.fromStored(key, revision, storedBytes(object));
  }

  /** The JSON with resourceVersion. */
  get bytes(): Buffer {
    return this.line.subarray(0, this.length);
  }

  /** Of `bytes`. */
  get length(): number {
    return this.line.length - 1;
  }

  /** Copies `bytes` to `target`; gives their length. */
  copy(target: Buffer, start: number): number {
    return this.line.copy(target, start, 0, this.length);
  }

  get object(): DeepReadonly<KubeObject> {
    return (this.#object ??= parsed(this.bytes));
  }

  /** The same for who looks at it once: not kept if nobody has asked for it before. */
  peek(): DeepReadonly<KubeObject> {
    return this.#object ?? parse(this.bytes);
  }

  /** The same, of the caller's own. */
  copyOfObject(): KubeObject {
    return parse(this.bytes);
  }

  /** Whether `object` costs nothing more. */
  get isParsed(): boolean {
    return this.#object !== undefined;
  }

  /** Keeps the bytes alone. */
  forgetObject(): void {
    this.#object = undefined;
  }

  /** The same state under the revision of its deletion. */
  at(revision: number): Entry {
    const digits = Buffer.from(String(revision), 'latin1');
    const start = this.#versionStart;
    const line = Buffer.allocUnsafeSlow(this.line.length - (this.#versionEnd - start) + digits.length);
    this.line.copy(line, 0, 0, start);
    digits.copy(line, start);
    this.line.copy(line, start + digits.length, this.#versionEnd);
    const object = this.#object && { ...this.#object, metadata: { ...this.#object.metadata, resourceVersion: String(revision) } };
    return new Entry({ key: this.key, revision, line, versionStart: start, versionEnd: start + digits.length, object });
  }

  /** Whether this is stored: `bytes` without resourceVersion. */
  isSameAs(stored: Uint8Array): boolean {
    const { before, after } = spliceOf(stored as Buffer);
    const start = this.#versionStart - before.length;
    const tail = this.#versionEnd + after.length;
    return stored.length === start + this.length - tail && this.line.compare(stored, 0, start, 0, start) === 0 && this.line.compare(stored, start, stored.length, tail, this.length) === 0 && !storedLess.has(this);
  }
}

/** Fields that the catalogue declares are never larger than JavaScript's numbers; those of custom resources and JSON within the others may be. */
function parse(bytes: Buffer): KubeObject {
  const text = bytes.toString('utf8');
  const object = JSON.parse(text) as KubeObject;
  const isBuiltIn = builtInVersions.has(object.apiVersion ?? '');
  if ((isBuiltIn && !jsonKinds.has(object.kind ?? '')) || !mayHoldLarge(text)) return object;
  const whole = parseWhole(text) as KubeObject;
  const message = isBuiltIn ? jsonKinds.get(object.kind ?? '') : undefined;
  return message === undefined ? whole : { ...object, ...decodeAs<KubeObject>(message, whole) };
}

/** Who manages which fields is said of thousands of objects in the same words: they share them. */
function parsed(bytes: Buffer): KubeObject {
  const object = parse(bytes);
  for (const entry of object.metadata.managedFields ?? []) if (entry.fieldsV1) entry.fieldsV1 = sharedSets.share(entry.fieldsV1 as FieldSet) as Record<string, unknown>;
  return object;
}

/** Where resourceVersion belongs in stored JSON: behind the uid, as Go orders the fields of metadata. */
function spliceOf(stored: Buffer): { at: number; before: string; after: string } {
  const uid = stored.indexOf(UID);
  if (uid >= 0) {
    const end = stored.indexOf(QUOTE, uid + UID.length) + 1;
    return { at: end, before: ',"resourceVersion":"', after: '"' };
  }
  const metadata = stored.indexOf(METADATA);
  if (metadata < 0) throw new Error('stored bytes hold no metadata');
  const at = metadata + METADATA.length;
  return { at, before: '"resourceVersion":"', after: stored[at] === 0x7d ? '"' : '",' };
}

const ESCAPED = /[<>&\u2028\u2029]/;
const ALL_ESCAPED = /[<>&\u2028\u2029]/g;
const ESCAPES: Readonly<Record<string, string>> = { '<': '\\u003c', '>': '\\u003e', '&': '\\u0026', '\u2028': '\\u2028', '\u2029': '\\u2029' };

/** JSON as Go writes it: what could end a script element in HTML is escaped. */
export function jsonText(value: unknown): string {
  return escapeHtml(stringifyWhole(value));
}

/** The same for people. */
export function prettyText(value: unknown): string {
  return escapeHtml(stringifyWhole(value, undefined, 2));
}

function escapeHtml(text: string): string {
  return ESCAPED.test(text) ? text.replace(ALL_ESCAPED, (character) => ESCAPES[character] ?? character) : text;
}

/** What is stored of an object: JSON that begins with kind, apiVersion and metadata, its fields in Go's order, without resourceVersion. */
export function storedBytes(object: DeepReadonly<KubeObject>): Buffer {
  return new StoredDraft(object).bytes;
}

/** An object that is to be stored. */
export class StoredDraft {
  /** What is stored of it. */
  readonly bytes: Buffer;
  readonly #object: KubeObject;

  constructor({ kind, apiVersion, metadata, ...rest }: DeepReadonly<KubeObject>) {
    // JSON leaves out the resourceVersion that is not known yet.
    this.#object = { kind, apiVersion, metadata: orderedMetadata(metadata), ...rest } as KubeObject;
    this.bytes = Buffer.from(jsonText(this.#object));
  }

  /** What is read of it, under the revision that it got: it gets one only. Shares with what it was made of. */
  at(revision: number): DeepReadonly<KubeObject> {
    this.#object.metadata.resourceVersion ??= String(revision);
    return this.#object;
  }
}

/** Metadata in Go's order, with an empty place for the resourceVersion. Field by field: so the engine knows each place. */
function orderedMetadata(metadata: DeepReadonly<ObjectMeta>): ObjectMeta {
  const ordered: { -readonly [Field in keyof ObjectMeta]?: DeepReadonly<ObjectMeta>[Field] | undefined } = {};
  if (metadata.name !== undefined) ordered.name = metadata.name;
  if (metadata.generateName !== undefined) ordered.generateName = metadata.generateName;
  if (metadata.namespace !== undefined) ordered.namespace = metadata.namespace;
  if (metadata.selfLink !== undefined) ordered.selfLink = metadata.selfLink;
  if (metadata.uid !== undefined) ordered.uid = metadata.uid;
  ordered.resourceVersion = undefined;
  if (metadata.generation !== undefined) ordered.generation = metadata.generation;
  if (metadata.creationTimestamp !== undefined) ordered.creationTimestamp = metadata.creationTimestamp;
  if (metadata.deletionTimestamp !== undefined) ordered.deletionTimestamp = metadata.deletionTimestamp;
  if (metadata.deletionGracePeriodSeconds !== undefined) ordered.deletionGracePeriodSeconds = metadata.deletionGracePeriodSeconds;
  if (metadata.labels !== undefined) ordered.labels = metadata.labels;
  if (metadata.annotations !== undefined) ordered.annotations = metadata.annotations;
  if (metadata.ownerReferences !== undefined) ordered.ownerReferences = metadata.ownerReferences;
  if (metadata.finalizers !== undefined) ordered.finalizers = metadata.finalizers;
  if (metadata.managedFields !== undefined) ordered.managedFields = metadata.managedFields;
  return ordered as ObjectMeta;
}
