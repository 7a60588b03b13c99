import { isObject, type JsonObject } from '../../apimachinery/patch/json.ts';
import type { KubeJson } from '../kube-json.ts';
import { goFormat } from '../printers/go-format.ts';
import { alignTabs, DESCRIBE_TABS } from '../printers/tab-writer.ts';
import { eventLines, metaLines } from './text.ts';

const SKIPPED = ['.metadata.managedFields', '.metadata.name', '.metadata.namespace', '.metadata.labels', '.metadata.annotations'];
const ACRONYMS = new Set(['API', 'URL', 'UID', 'OSB', 'GUID']);

/** All fields of an object, and its events: what kubectl prints for kinds without a describer of their own. Source: kubectl pkg/describe, genericDescriber. */
export function describeGeneric(object: KubeJson, events: readonly KubeJson[] | undefined, nowMs: number): string {
  const { name = '', namespace = '' } = object.metadata;
  const lines = [`Name:\t${name}`, `Namespace:\t${namespace}`, ...metaLines(object)];
  fieldLines(lines, 0, object, '');
  lines.push(...eventLines(events, nowMs));
  return `${alignTabs(lines.join('\n'), DESCRIBE_TABS)}\n`;
}

function fieldLines(lines: string[], level: number, content: JsonObject, prefix: string): void {
  const indent = '  '.repeat(level);
  for (const field of Object.keys(content).sort()) {
    const path = `${prefix}.${field}`;
    const value = content[field];
    if (SKIPPED.includes(path)) continue;
    if (isObject(value)) {
      lines.push(`${indent}${labelFor(field)}:`);
      fieldLines(lines, level + 1, value, path);
    } else if (Array.isArray(value)) {
      lines.push(`${indent}${labelFor(field)}:`);
      for (const child of value as unknown[]) {
        if (isObject(child)) fieldLines(lines, level + 1, child, path);
        else lines.push(`${indent}  ${goFormat(child)}`);
      }
    } else lines.push(`${indent}${labelFor(field)}:\t${goFormat(value)}`);
  }
}

/** `apiVersion` is `API Version`; a field with anything but letters and dashes in its name stays as it is. Source: kubectl pkg/describe, smartLabelFor. */
function labelFor(field: string): string {
  if (!/^[A-Za-z-]*$/.test(field)) return field;
  const words = field.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^A-Za-z]+/g) ?? [field];
  return words.map((word) => (ACRONYMS.has(word.toUpperCase()) ? word.toUpperCase() : word.charAt(0).toUpperCase() + word.slice(1).toLowerCase())).join(' ');
}
