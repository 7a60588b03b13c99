import { parseWhole, stringifyWhole } from '../apimachinery/whole-numbers.ts';
import { isObject, type JsonObject } from '../apimachinery/patch/json.ts';

/** Any object of the API, of a kind that kubectl need not know. */
export interface KubeJson extends JsonObject {
  apiVersion?: string;
  kind?: string;
  metadata: {
    name?: string;
    namespace?: string;
    generateName?: string;
    uid?: string;
    resourceVersion?: string;
    generation?: number;
    creationTimestamp?: string;
    deletionTimestamp?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    finalizers?: string[];
    ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string; controller?: boolean }[];
    managedFields?: unknown[];
    continue?: string;
  };
}

/** What stands at a path of fields; undefined where it breaks off. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let current = value;
  for (const key of path) {
    if (Array.isArray(current) && typeof key === 'number') current = current[key];
    else if (isObject(current) && Object.hasOwn(current, key)) current = current[key];
    else return undefined;
  }
  return current;
}

export function textAt(value: unknown, ...path: readonly (string | number)[]): string {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : typeof found === 'number' || typeof found === 'bigint' || typeof found === 'boolean' ? String(found) : '';
}

export function numberAt(value: unknown, ...path: readonly (string | number)[]): number {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : Number(found ?? 0);
}

export function listAt(value: unknown, ...path: readonly (string | number)[]): JsonObject[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? (found as JsonObject[]) : [];
}

export function mapAt(value: unknown, ...path: readonly (string | number)[]): Record<string, string> {
  const found = at(value, ...path);
  return isObject(found) ? (found as Record<string, string>) : {};
}

export function copyJson<T>(value: T): T {
  return parseWhole(stringifyWhole(value)) as T;
}
