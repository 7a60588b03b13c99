import { isObject } from '../../apimachinery/patch/json.ts';
import { jsonKind } from '../../apimachinery/schema/decode-error.ts';
import { duplicateFields, hasDuplicateKeys } from '../../apimachinery/schema/duplicate-keys.ts';
import { parseWhole } from '../../apimachinery/whole-numbers.ts';
import { badRequest } from '../../apimachinery/status.ts';
import { jsonSyntaxMessage } from '../../apimachinery/json-syntax.ts';
import { readBytes } from '../registry/body.ts';
import type { ApiRequest } from '../request.ts';

export const PATCH_TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

const TEXTS_OF_OPERATION = ['op', 'path', 'from'] as const;
const FIELDS_OF_OPERATION: ReadonlySet<string> = new Set([...TEXTS_OF_OPERATION, 'value']);

export interface PatchBody {
  readonly value: unknown;
  /** Undefined for a patch that came as an object. */
  readonly text: string | undefined;
}

/** `isWhole`: with whole numbers of 64 bits. */
export async function readPatch(request: ApiRequest, type: string, isWhole: boolean): Promise<PatchBody> {
  const read = readBytes(request);
  const body = read instanceof Promise ? await read : read;
  if (!Buffer.isBuffer(body)) {
    request.audit?.requestObject(body.object);
    return { value: body.object, text: undefined };
  }
  const text = body.toString('utf8');
  try {
    const value: unknown = isWhole ? parseWhole(text) : JSON.parse(text);
    request.audit?.requestObject(value);
    return { value, text };
  } catch (error) {
    const why = jsonSyntaxMessage(text);
    throw badRequest(type === PATCH_TYPES.strategic ? why : `error decoding patch: ${why}`, { cause: error });
  }
}

/** What is unknown or told twice in a patch itself, for those who want to hear of it. Throws StatusError 400 for operations whose parts are no texts. */
export function strictFaults(type: string, { value, text }: PatchBody): string[] {
  const isList = type === PATCH_TYPES.json && Array.isArray(value);
  const unknown = isList ? value.flatMap((operation: unknown, i) => (isObject(operation) ? unknownParts(operation, i) : [])) : [];
  const faults = text !== undefined && hasDuplicateKeys(text, value) ? duplicateFields(text, unknown) : unknown;
  return isList ? faults.map((fault) => `json patch ${fault}`) : faults;
}

function unknownParts(operation: Readonly<Record<string, unknown>>, index: number): string[] {
  for (const name of TEXTS_OF_OPERATION) {
    const part = operation[name] ?? '';
    if (typeof part !== 'string') throw badRequest(`error decoding patch: json: cannot unmarshal ${jsonKind(part)} into Go struct field jsonPatchOp.${name} of type string`);
  }
  return Object.keys(operation).filter((name) => !FIELDS_OF_OPERATION.has(name)).map((name) => `unknown field ${JSON.stringify(`[${index}].${name}`)}`);
}
