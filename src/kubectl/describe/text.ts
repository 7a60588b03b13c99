import { isObject, type JsonObject } from '../../apimachinery/patch/json.ts';
import { labelSelectorOf } from '../../apimachinery/selectors/label-selector.ts';
import { eventAge } from '../event-times.ts';
import { LAST_APPLIED } from '../last-applied.ts';
import { at, type KubeJson, textAt } from '../kube-json.ts';

const LONGEST_ON_LINE = 140;
const LONGEST_VALUE = 138;
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Mon, 02 Jan 2006 15:04:05 +0000`. */
export function longTime(timestamp: string): string {
  if (timestamp === '') return '';
  const time = new Date(timestamp);
  const two = (value: number): string => String(value).padStart(2, '0');
  const offset = -time.getTimezoneOffset();
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.trunc(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`;
  return `${DAYS[time.getDay()]}, ${two(time.getDate())} ${MONTHS[time.getMonth()]} ${String(time.getFullYear()).padStart(4, '0')} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())} ${zone}`;
}

/** A time that is always shown: one that was never set is Go's first. */
export function timeText(timestamp: string): string {
  return longTime(timestamp) || 'Mon, 01 Jan 0001 00:00:00 +0000';
}

export function cutText(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest)}...` : text;
}

const sortedEntries = (map: Readonly<Record<string, string>>): [string, string][] => Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));

/** `Labels:` with one pair a line. */
export function labelLines(title: string, labels: Readonly<Record<string, string>>, indent = ''): string[] {
  const pairs = sortedEntries(labels).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? [`${indent}${title}:\t<none>`] : pairs.map((pair, index) => (index === 0 ? `${indent}${title}:\t${pair}` : `\t${pair}`));
}

/** `Annotations:`; long ones are cut, what `kubectl apply` keeps is left out. */
export function annotationLines(title: string, annotations: Readonly<Record<string, string>>, indent = ''): string[] {
  const shown = sortedEntries(annotations).filter(([key]) => key !== LAST_APPLIED);
  if (shown.length === 0) return [`${indent}${title}:\t<none>`];
  return shown.flatMap(([key, value], index) => {
    const start = `${indent}${index === 0 ? `${title}:` : ''}\t`;
    const text = value.replace(/\n$/, '');
    if (key.length + text.length + 2 < LONGEST_ON_LINE && !text.includes('\n')) return [`${start}${key}: ${text}`];
    return [`${start}${key}:`, ...text.split('\n').map((line) => `${indent}\t  ${cutText(line, LONGEST_VALUE)}`)];
  });
}

/** Name, namespace, labels and annotations. */
export function headLines(object: KubeJson): string[] {
  const { name = '', namespace } = object.metadata;
  return [`Name:\t${name}`, ...(namespace === undefined ? [] : [`Namespace:\t${namespace}`])];
}

export function metaLines(object: KubeJson): string[] {
  return [...labelLines('Labels', object.metadata.labels ?? {}), ...annotationLines('Annotations', object.metadata.annotations ?? {})];
}

export function controllerLines(object: KubeJson): string[] {
  const owner = object.metadata.ownerReferences?.find((one) => one.controller);
  return owner ? [`Controlled By:\t${owner.kind}/${owner.name}`] : [];
}

export function eventLines(events: readonly KubeJson[] | undefined, nowMs: number): string[] {
  if (!events) return [];
  if (events.length === 0) return ['Events:\t<none>'];
  const inOrder = [...events].sort((a, b) => (textAt(a, 'lastTimestamp') < textAt(b, 'lastTimestamp') ? -1 : textAt(a, 'lastTimestamp') > textAt(b, 'lastTimestamp') ? 1 : 0));
  const rows = inOrder.map((event) => `  ${textAt(event, 'type')}\t${textAt(event, 'reason')}\t${eventAge(event, nowMs)}\t${textAt(event, 'source', 'component') || textAt(event, 'reportingComponent')}\t${textAt(event, 'message').trim()}`);
  return ['Events:', '  Type\tReason\tAge\tFrom\tMessage', '  ----\t------\t----\t----\t-------', ...rows];
}

/** `a=b,c in (d)`; `<none>` for one that is empty or not there. */
export function selectorText(selector: unknown): string {
  if (!isObject(selector)) return '<none>';
  return labelSelectorOf(selector).toString() || '<none>';
}

/** As it is written: nothing for one that is empty or not there. */
export function plainSelectorText(selector: unknown): string {
  return isObject(selector) ? labelSelectorOf(selector).toString() : '';
}

/** `a=b,c=d` of plain labels. */
export function pairsText(map: Readonly<Record<string, string>>): string {
  return sortedEntries(map).map(([key, value]) => `${key}=${value}`).join(',') || '<none>';
}

export const orNone = (text: string): string => text || '<none>';
export const orUnset = (value: unknown): string => (value === undefined || value === null || value === '' ? '<unset>' : String(value as string | number));
export const yes = (value: boolean): string => (value ? 'True' : 'False');

export function conditionRows(object: unknown, columns: readonly (readonly [string, (condition: JsonObject) => string])[]): string[] {
  const conditions = at(object, 'status', 'conditions');
  if (!Array.isArray(conditions) || conditions.length === 0) return [];
  return ['Conditions:', `  ${columns.map(([title]) => title).join('\t')}`, `  ${columns.map(([title]) => (title === 'LastProbeTime' ? '-'.repeat(17) : '-'.repeat(title.length))).join('\t')}`, ...(conditions as JsonObject[]).map((one) => `  ${columns.map(([, cell]) => cell(one)).join('\t')}`)];
}

