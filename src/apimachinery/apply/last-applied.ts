import type { DeepReadonly, KubeObject } from '../meta.ts';
import { isObject } from '../patch/json.ts';
import type { ApplyType } from './apply-type.ts';
import { compare, fieldSetOf } from './compare.ts';
import { difference, emptySet, type FieldSet } from './field-set.ts';
import { parseWhole, stringifyWhole } from '../whole-numbers.ts';

/** Where kubectl's client-side apply keeps what it applied last. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * What kubectl applied on the client's side and still stands as it wrote it: kubectl may change these without force when it turns to server-side apply.
 * Source: apimachinery pkg/util/managedfields/internal/lastappliedmanager.go.
 */
export function lastAppliedSet(type: ApplyType, live: DeepReadonly<KubeObject>): FieldSet {
  const text = live.metadata?.annotations?.[LAST_APPLIED];
  if (text === undefined) return emptySet;
  const last = parseObject(text);
  if (!last || last['apiVersion'] !== live.apiVersion) return emptySet;
  const { added, modified, removed } = compare(type, last, live);
  return difference(difference(difference(fieldSetOf(type, last), modified), added), removed);
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = parseWhole(text);
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Keeps the annotation of client-side apply in step when kubectl applies on the server's side. */
export function withLastApplied(
  manager: string, live: DeepReadonly<KubeObject>, applied: DeepReadonly<KubeObject>, result: DeepReadonly<KubeObject>,
): DeepReadonly<KubeObject> {
  if (manager !== 'kubectl' || live.metadata?.annotations?.[LAST_APPLIED] === undefined) return result;
  const { [LAST_APPLIED]: _, ...annotations } = applied.metadata.annotations ?? {};
  const bare = { ...applied, metadata: { ...applied.metadata, annotations } };
  return { ...result, metadata: { ...result.metadata, annotations: { ...result.metadata.annotations, [LAST_APPLIED]: `${stringifyWhole(bare)}\n` } } };
}
