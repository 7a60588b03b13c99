import { isObject } from '../../apimachinery/patch/json.ts';
import { jsonKind } from '../../apimachinery/schema/decode-error.ts';
import { badRequest, type StatusError } from '../../apimachinery/status.ts';
import { jsonSyntaxMessage } from '../../apimachinery/json-syntax.ts';

/** Where a list goes on: the revision of its first page, and the last key that was given. Upstream's own form (pkg/storage/continue.go), so that its clients' tests hold. */
export interface ContinueToken {
  /** Undefined: of an expired token, to go on with the newest state. */
  readonly revision: number | undefined;
  /** Relative to the prefix. */
  readonly after: string;
}

export function encodeContinue(token: ContinueToken): string {
  const text = JSON.stringify({ v: 'meta.k8s.io/v1', rv: token.revision ?? -1, start: `${token.after}\u0000` });
  return Buffer.from(text).toString('base64url');
}

/** Throws StatusError 400. */
export function decodeContinue(text: string): ContinueToken {
  const { v, rv, start } = parse(text);
  if (v !== 'meta.k8s.io/v1') throw notValid(`: server does not recognize this encoded version ${typeof v === 'string' ? v : ''}`);
  if (typeof rv !== 'number' || rv === 0) throw notValid(': incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  if (typeof start !== 'string' || start === '') throw notValid(': encoded start key empty (version meta.k8s.io/v1)');
  const key = start.startsWith('/') ? start.slice(1) : start;
  if (key !== '' && key.split('/').some((part) => part === '..' || part === '.' || part === '')) throw notValid(`: ${start}`);
  return { revision: rv < 0 ? undefined : rv, after: key.endsWith('\u0000') ? key.slice(0, -1) : key };
}

function notValid(why: string, cause?: unknown): StatusError {
  return badRequest(`invalid continue token: continue key is not valid${why}`, { cause });
}

const FIELDS = [['v', { name: 'string', zero: '' }], ['rv', { name: 'int64', zero: 0 }], ['start', { name: 'string', zero: '' }]] as const;

function parse(text: string): { v?: unknown; rv?: unknown; start?: unknown } {
  const illegal = illegalByte(text);
  if (illegal >= 0) throw notValid(`: illegal base64 data at input byte ${illegal}`);
  const json = Buffer.from(text, 'base64url').toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw notValid(`: ${jsonSyntaxMessage(json)}`, error);
  }
  if (value === null) return {};
  if (!isObject(value)) throw notValid(`: json: cannot unmarshal ${jsonKind(value)} into Go value of type storage.continueToken`);
  for (const [field, type] of FIELDS) {
    const given = value[field] ?? type.zero;
    if (typeof given !== typeof type.zero || (typeof given === 'number' && !Number.isInteger(given))) throw notValid(`: json: cannot unmarshal ${jsonKind(given)}${typeof given === 'number' && type.name === 'int64' ? ` ${given}` : ''} into Go struct field continueToken.${field} of type ${type.name}`);
  }
  return value;
}

/** Where Go's reader of unpadded base64 stops; -1 if nowhere. */
function illegalByte(text: string): number {
  const bad = text.search(/[^\w-]/);
  if (bad >= 0) return bad;
  return text.length % 4 === 1 ? text.length - 1 : -1;
}
