import { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { copyOf } from '../../apimachinery/deep-copy.ts';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { isDecodeError, notDecodable } from '../../apimachinery/schema/decode.ts';
import { jsonKind } from '../../apimachinery/schema/decode-error.ts';
import { parseWhole, stringifyWhole } from '../../apimachinery/whole-numbers.ts';
import { duplicateFields, hasDuplicateKeys } from '../../apimachinery/schema/duplicate-keys.ts';
import { unknownFields } from '../../apimachinery/schema/unknown-fields.ts';
import { numbersAsWritten } from '../../apimachinery/schema/written-numbers.ts';
import { badRequest, invalid } from '../../apimachinery/status.ts';
import type { CustomMessage } from '../../api/kind.ts';
import { holdsJson } from '../../api/json-kinds.ts';
import { schemas } from '../../api/schemas.ts';
import { parseYaml, YamlError } from '../encoding/yaml.ts';
import { decodeProtobuf } from '../encoding/protobuf.ts';
import { BodyAbortedError, BodyTooLargeError } from '../http/exchange.ts';
import { inputMedia, type MediaKind } from '../http/negotiation.ts';
import { type ApiRequest, headerOf, type RequestBody } from '../request.ts';
import { failure } from '../../apimachinery/status.ts';
import { allSorted, isObject } from '../../apimachinery/patch/json.ts';
import { bodyDecoder, ownBodyDecoder } from './decoding.ts';
import type { FieldValidation } from './options.ts';
import { unregistered } from './registered-kinds.ts';
import { jsonSyntaxMessage } from '../../apimachinery/json-syntax.ts';
import { readManagersReset } from './reset-managers.ts';

export const MAX_BODY_BYTES = 3 * 1024 * 1024;
const BRACE = 0x7b;

/** What a body is to be read as. */
export interface BodyTarget {
  readonly apiVersion: string;
  readonly kind: string;
  /** In the catalogue; undefined: any fields. */
  readonly message: string | undefined;
  /** In place of a message, for custom resources. */
  readonly custom?: CustomMessage;
  readonly group?: string;
  readonly media: readonly MediaKind[];
  /** Older versions with the same fields. */
  readonly alsoAccepts?: readonly string[];
}

/** What came: bytes, or, in process, an object. */
type Content = Buffer | { readonly object: object };

/** Reads bytes, with the errors of the edge: 413, and 400 for a body that breaks off. A promise unless they have come already. */
export function readBytes(request: ApiRequest): Content | Promise<Content> {
  const body = request.readBody();
  return body instanceof Promise ? body.then(contentOf, refuseBody) : contentOf(body);
}

function contentOf(body: RequestBody): Content {
  return 'bytes' in body ? body.bytes : body;
}

function refuseBody(error: unknown): never {
  if (error instanceof BodyTooLargeError) {
    throw failure(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${MAX_BODY_BYTES}`, undefined, { cause: error });
  }
  if (error instanceof BodyAbortedError) throw badRequest('unexpected EOF', { cause: error });
  throw error;
}

/** The first bytes of a body that nobody can read, as messages show it: JSON as text, all else in hexadecimal. */
function shownBytes(bytes: Buffer): string {
  if (bytes.length === 0) return '<empty>';
  const head = bytes.subarray(0, 30).toString(bytes[0] === BRACE ? 'utf8' : 'hex');
  return bytes.length > 30 ? `${head} ...` : head;
}

interface ParsedBody {
  readonly value: unknown;
  readonly text: string;
  /** Of YAML: keys that stand twice. */
  readonly duplicates?: readonly string[];
}

/** The text of a body as a value. Throws StatusError 400. */
export function parseBody(bytes: Buffer, media: MediaKind, kind: string, message: string | undefined): ParsedBody {
  if (media === 'protobuf' && message !== undefined) return { value: parseProtobuf(bytes, kind, message), text: '' };
  const text = bytes.toString('utf8');
  if (media === 'json') {
    try {
      return { value: holdsJson(message) ? parseWhole(text) : JSON.parse(text), text };
    } catch (error) {
      const why = jsonSyntaxMessage(text);
      throw badRequest(`the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: ${why} (${shownBytes(bytes)})`, { cause: error });
    }
  }
  try {
    const { value, duplicates } = parseYaml(text, holdsJson(message));
    // Go reads YAML by way of JSON with sorted keys, which tells in the order of mistakes.
    return { value: allSorted(value ?? {}), text, duplicates };
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw badRequest(`the object provided is unrecognized (must be of type ${kind}): yaml: ${error.message} (${shownBytes(bytes)})`, { cause: error });
  }
}

function parseProtobuf(bytes: Buffer, kind: string, message: string): unknown {
  try {
    if (bytes.length === 0) throw new RangeError('empty data');
    return decodeProtobuf(bytes, message);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw badRequest(`the object provided is unrecognized (must be of type ${kind}): ${error.message} (${shownBytes(bytes)})`, { cause: error });
  }
}

/** Reads the body of a write: an object of the target's kind, new, the caller's own. Unknown and duplicate fields are refused, warned of, or ignored. A promise unless it has come already. */
export function readObject(request: ApiRequest, target: BodyTarget, validation: FieldValidation): KubeObject | Promise<KubeObject> {
  const decode = ([value, , context]: ReadValue): KubeObject => {
    const object = decodeValue(value, target, context);
    request.audit?.requestObject(object);
    return object;
  };
  const read = readValue(request, target, validation);
  return read instanceof Promise ? read.then(decode) : decode(read);
}

/** The same, and a way to get it once more as it was, for writes that are tried again: whoever has it changes it. */
export async function readDraft(request: ApiRequest, target: BodyTarget, validation: FieldValidation): Promise<{ readonly object: KubeObject; again(): KubeObject }> {
  const read = readValue(request, target, validation);
  const [value, , context] = read instanceof Promise ? await read : read;
  const { text, isOwn } = context;
  const asSent = (one: unknown): unknown => (target.custom ? one : readManagersReset(one));
  const object = decodeValue(asSent(value), target, context);
  request.audit?.requestObject(object);
  // A custom resource's decoder keeps what it is given; a message's does so when nobody else has it.
  const kept: unknown = target.custom ? copyOf<object>(object) : value;
  const fresh = (): unknown => (target.custom ? copyOf(kept) : isOwn && text !== undefined ? (holdsJson(target.message) ? parseWhole(text) : JSON.parse(text)) : kept);
  return { object, again: () => decodeValue(asSent(fresh()), target, { validation: 'Ignore', request, text }) };
}

type ReadValue = Parameters<typeof decodeValue>;

function readValue(request: ApiRequest, target: BodyTarget, validation: FieldValidation): ReadValue | Promise<ReadValue> {
  const media = inputMedia(headerOf(request, 'content-type'), target.media);
  const parse = (body: Content): ReadValue => {
    if (!Buffer.isBuffer(body)) return [body.object, target, { validation, request, text: undefined }];
    const { value, text, duplicates } = parseBody(body, media, target.kind, target.message);
    return [value, target, { validation, request, text: media === 'json' ? text : undefined, isOwn: media === 'json', source: text, shown: () => shownBytes(body), twiceInYaml: duplicates }];
  };
  const body = readBytes(request);
  return body instanceof Promise ? body.then(parse) : parse(body);
}

export interface DecodeContext {
  readonly validation: FieldValidation;
  readonly request: Pick<ApiRequest, 'warnings'>;
  /** The JSON that `value` was read from, to find duplicate keys in. */
  readonly text: string | undefined;
  /** The body, in whatever form it came. */
  readonly source?: string;
  /** Nobody else has the value, so that parts of it may become the object's. */
  readonly isOwn?: boolean;
  /** What came, as messages show it. */
  readonly shown?: () => string;
  /** It is what a patch made. */
  readonly isPatched?: boolean;
  readonly duplicates?: readonly string[];
  /** Keys that a map of YAML has twice. */
  readonly twiceInYaml?: readonly string[] | undefined;
}

export function decodeValue(given: unknown, target: BodyTarget, context: DecodeContext): KubeObject {
  const value = given ?? {};
  const fault = typeMetaFault(value);
  if (fault !== undefined) throw badRequest(context.shown === undefined ? fault : `the object provided is unrecognized (must be of type ${target.kind}): ${fault} (${context.shown()})`);
  if (target.custom) checkIsTyped(value, target.kind, context);
  const { apiVersion, kind } = typeOf(value, target);
  if (!target.custom) checkIsConvertible(apiVersion, kind, target);
  const isOther = apiVersion !== target.apiVersion && !target.alsoAccepts?.includes(apiVersion);
  if (isOther && !(context.isPatched && target.custom)) {
    throw badRequest(`the API version in the data (${apiVersion}) does not match the expected API version (${target.apiVersion})`);
  }
  const version = target.apiVersion.slice(target.apiVersion.indexOf('/') + 1);
  if (kind !== target.kind || isOther) throw wrongType(value, { apiVersion, kind }, target);
  const strict: string[] = [...(context.duplicates ?? [])];
  const twiceIn = context.validation !== 'Ignore' && context.text !== undefined && hasDuplicateKeys(context.text, value) ? context.text : undefined;
  if (twiceIn !== undefined && (target.custom || target.message === undefined)) strict.push(...duplicateFields(twiceIn));
  const object = target.custom
    ? decodeCustom(value, target.custom, { kind, version, strict })
    : target.message === undefined ? (value as KubeObject) : decodeMessage(value, target.message, { kind, version, context, strict, twiceIn });
  if (strict.length + (context.twiceInYaml?.length ?? 0) > 0 && context.validation !== 'Ignore') report(strict, { kind, version, context });
  object.apiVersion = target.apiVersion;
  object.kind = target.kind;
  object.metadata ??= {} as KubeObject['metadata'];
  return object;
}

/** Go reads of an object first what it is. */
export function typeMetaFault(value: unknown): string | undefined {
  if (!isObject(value)) {
    const type = String.raw`struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }`;
    return `couldn't get version/kind; json parse error: json: cannot unmarshal ${jsonKind(value)} into Go value of type ${type}`;
  }
  const wrong = ['apiVersion', 'kind'].find((name) => typeof (value[name] ?? '') !== 'string');
  if (wrong !== undefined) return `couldn't get version/kind; json parse error: json: cannot unmarshal ${jsonKind(value[wrong])} into Go struct field .${wrong} of type string`;
  const { apiVersion } = value;
  return typeof apiVersion === 'string' && apiVersion.split('/').length > 2 ? `unexpected GroupVersion string: ${apiVersion}` : undefined;
}

/** A custom resource must say what it is. */
function checkIsTyped(value: unknown, kind: string, { source, shown }: DecodeContext): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || (value as { kind?: unknown }).kind) return;
  const text = source ?? stringifyWhole(value);
  throw badRequest(`the object provided is unrecognized (must be of type ${kind}): Object 'Kind' is missing in '${text}' (${shown?.() ?? shownBytes(Buffer.from(text))})`);
}

/** Custom resources are refused by validation, under the kind that they claim. */
function wrongType(value: unknown, { apiVersion, kind }: { apiVersion: string; kind: string }, target: BodyTarget): Error {
  const { metadata } = value as { metadata?: { name?: unknown } };
  const errors = new FieldErrors();
  if (kind !== target.kind) errors.invalid(FieldPath.of('kind'), kind, `must be ${target.kind}`);
  if (apiVersion !== target.apiVersion) errors.invalid(FieldPath.of('apiVersion'), apiVersion, `must be ${target.apiVersion}`);
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  return invalid({ group, kind }, typeof metadata?.name === 'string' ? metadata.name : '', errors.causes);
}

function checkIsConvertible(apiVersion: string, kind: string, target: BodyTarget): void {
  if (kind === target.kind && apiVersion === target.apiVersion) return;
  const given = apiVersion.slice(apiVersion.indexOf('/') + 1);
  const unknown = unregistered(apiVersion, kind, target.apiVersion);
  const why = unknown ?? (kind === target.kind ? undefined : `converting (${given}.${kind}) to (${internalGroup(target)}.${target.kind}): unknown conversion`);
  if (why !== undefined) throw badRequest(`${kind} in version ${JSON.stringify(given)} cannot be handled as a ${target.kind}: ${why}`);
}

/** What Go calls the package of a kind's internal type; both groups of events share that of the older. */
function internalGroup({ apiVersion, kind }: BodyTarget): string {
  return apiVersion.includes('/') && kind !== 'Event' ? (apiVersion.split(/[/.]/)[0] ?? '') : 'core';
}

function typeOf(value: unknown, target: BodyTarget): { apiVersion: string; kind: string } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return target;
  const { apiVersion, kind } = value as { apiVersion?: unknown; kind?: unknown };
  return {
    // A custom resource must say it.
    apiVersion: typeof apiVersion === 'string' && apiVersion !== '' ? apiVersion : target.custom ? '' : target.apiVersion,
    kind: typeof kind === 'string' && kind !== '' ? kind : target.kind,
  };
}

function decodeMessage(value: unknown, message: string, options: { kind: string; version: string; context: DecodeContext; strict: string[]; twiceIn: string | undefined }): KubeObject {
  const { validation, isOwn, text } = options.context;
  try {
    const asWritten = text === undefined ? undefined : numbersAsWritten(text);
    const asRead = asWritten === undefined ? undefined : bodyDecoder.decode<KubeObject>(message, asWritten);
    // Quantities keep how they are written; JSON of a user's would keep what is not JSON.
    const { object, hasUnknown } = asRead && !holdsJson(message) ? asRead : (isOwn ? ownBodyDecoder : bodyDecoder).decode<KubeObject>(message, value);
    const unknown = hasUnknown && validation !== 'Ignore' ? unknownFields(schemas, message, value) : [];
    options.strict.push(...(options.twiceIn === undefined ? unknown : duplicateFields(options.twiceIn, unknown)));
    return object;
  } catch (error) {
    if (isDecodeError(error)) throw notDecodable(options.kind, options.version, error.message);
    throw error;
  }
}

function decodeCustom(value: unknown, custom: CustomMessage, options: { kind: string; version: string; strict: string[] }): KubeObject {
  try {
    const { object, unknown } = custom.decode(value);
    options.strict.push(...unknown);
    return object;
  } catch (error) {
    if (isDecodeError(error)) throw notDecodable(options.kind, options.version, error.message);
    throw error;
  }
}

function report(strict: readonly string[], options: { kind: string; version: string; context: DecodeContext }): void {
  const { validation, request, twiceInYaml = [] } = options.context;
  // The reader of YAML tells all its faults at once.
  const ofYaml = twiceInYaml.length > 0 ? [`yaml: unmarshal errors:\n  ${twiceInYaml.join('\n  ')}`] : [];
  if (validation === 'Strict') throw notDecodable(options.kind, options.version, `strict decoding error: ${[...ofYaml, ...strict].join(', ')}`);
  request.warnings.push(...twiceInYaml, ...strict);
}
