import { goJson } from '../go-json.ts';
import type { DeepReadonly, KubeObject } from '../meta.ts';
import { isObject } from '../patch/json.ts';
import type { ApplyType } from './apply-type.ts';
import { compare, fieldSetOf } from './compare.ts';
import { difference, emptySet, type FieldSet } from './field-set.ts';
import { areAnnotationsTooLarge } from '../validation/labels.ts';
import { parseWhole } from '../whole-numbers.ts';

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

/**
 * Keeps the annotation of client-side apply in step when kubectl applies on the server's side: where what is written holds one that says something, it becomes what was applied;
 * one that would make annotations too large goes. Source: apimachinery pkg/util/managedfields/internal/lastappliedupdater.go.
 */
export function withLastApplied(manager: string, applied: DeepReadonly<KubeObject>, result: DeepReadonly<KubeObject>): DeepReadonly<KubeObject> {
  const { [LAST_APPLIED]: before, ...others } = result.metadata?.annotations ?? {};
  if (manager !== 'kubectl' || !before) return result;
  const annotations = { ...others, [LAST_APPLIED]: `${goJson(withoutOwn(applied))}\n` };
  return { ...result, metadata: { ...result.metadata, annotations: areAnnotationsTooLarge(annotations) ? others : annotations } };
}

function withoutOwn(applied: DeepReadonly<KubeObject>): unknown {
  if (!applied.metadata.annotations) return applied;
  const { [LAST_APPLIED]: _, ...annotations } = applied.metadata.annotations;
  return { ...applied, metadata: { ...applied.metadata, annotations } };
}
