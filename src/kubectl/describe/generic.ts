import { timeSince } from '../../apimachinery/human-duration.ts';
import { isObject, type JsonObject } from '../../apimachinery/patch/json.ts';
import { LAST_APPLIED } from '../last-applied.ts';
import { numberAt, textAt, type KubeJson } from '../kube-json.ts';
import { goFormat } from '../printers/go-format.ts';
import { alignTabs, DESCRIBE_TABS } from '../printers/tab-writer.ts';

const SKIPPED = ['.metadata.managedFields', '.metadata.name', '.metadata.namespace', '.metadata.labels', '.metadata.annotations'];
const ACRONYMS = new Set(['API', 'CIDR', 'DNS', 'FQDN', 'GID', 'HTTP', 'HTTPS', 'ID', 'IP', 'TCP', 'TLS', 'TTL', 'UDP', 'UID', 'URI', 'URL', 'WWN', 'MAC', 'IPS', 'FS', 'QOS']);
const LONGEST_ON_LINE = 140;

/** All fields of an object, and its events: what kubectl prints for kinds without a describer of their own. Source: kubectl pkg/describe, genericDescriber. */
export function describeGeneric(object: KubeJson, events: readonly KubeJson[] | undefined, nowMs: number): string {
  const { name = '', namespace = '', labels = {}, annotations = {} } = object.metadata;
  const shown = Object.entries(annotations).filter(([key]) => key !== LAST_APPLIED).sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = [`Name:\t${name}`, `Namespace:\t${namespace}`];
  lines.push(...multiline('Labels', Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}=${value}`)));
  lines.push(...multiline('Annotations', shown.map(([key, value]) => annotationText(key, value))));
  fieldLines(lines, 0, object, '');
  lines.push(...eventLines(events, nowMs));
  return `${alignTabs(lines.join('\n'), DESCRIBE_TABS)}\n`;
}

function multiline(title: string, values: readonly string[]): string[] {
  if (values.length === 0) return [`${title}:\t<none>`];
  return values.map((value, index) => `${index === 0 ? `${title}:` : ''}\t${value}`);
}

function annotationText(key: string, value: string): string {
  const text = value.replace(/\n$/, '');
  if (key.length + text.length < LONGEST_ON_LINE && !text.includes('\n')) return `${key}: ${text}`;
  return [`${key}:`, ...text.split('\n').map((line) => `\t  ${line.length > LONGEST_ON_LINE ? `${line.slice(0, LONGEST_ON_LINE)}...` : line}`)].join('\n');
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

/** `apiVersion` is `API Version`. */
function labelFor(field: string): string {
  if (field.includes('/') || field.includes('.')) return field;
  const words = field.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^A-Za-z\d]+/g) ?? [field];
  return words.map((word) => (ACRONYMS.has(word.toUpperCase()) ? word.toUpperCase() : word.charAt(0).toUpperCase() + word.slice(1))).join(' ');
}

function eventLines(events: readonly KubeJson[] | undefined, nowMs: number): string[] {
  if (!events) return [];
  if (events.length === 0) return ['Events:\t<none>'];
  const rows = events.map((event) => {
    const last = textAt(event, 'lastTimestamp') || textAt(event, 'eventTime');
    const first = textAt(event, 'firstTimestamp') || textAt(event, 'eventTime');
    const count = numberAt(event, 'count');
    const age = count > 1 ? `${timeSince(last, nowMs)} (x${count} over ${timeSince(first, nowMs)})` : timeSince(first, nowMs);
    return `  ${textAt(event, 'type')}\t${textAt(event, 'reason')}\t${age}\t${textAt(event, 'source', 'component') || textAt(event, 'reportingComponent')}\t${textAt(event, 'message').trim()}`;
  });
  return ['Events:', '  Type\tReason\tAge\tFrom\tMessage', '  ----\t------\t----\t----\t-------', ...rows];
}
