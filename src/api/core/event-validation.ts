/** Source: kubernetes pkg/apis/core/validation/events.go. */
import { isDeepStrictEqual } from 'node:util';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { isQualifiedName } from '../../apimachinery/validation/labels.ts';
import { isDns1123Subdomain } from '../../apimachinery/validation/names.ts';
import { IMMUTABLE } from '../../apimachinery/validation/immutable.ts';
import { addInvalid } from '../../apimachinery/validation/values.ts';
import type { Event } from '../generated/core-v1.ts';
import type { RequestVersion } from '../kind.ts';
import { goForm } from '../go-form.ts';

const MAX_NAME = 128;
const MAX_NOTE = 1024;
const NAMESPACE_TEXT = 'does not match event.namespace';

function lengthText(max: number): string {
  return `can have at most ${max} characters`;
}

/** What holds in both groups; older events, without `eventTime`, are judged by less. */
export function validateEvent(event: DeepReadonly<Event>, errors: FieldErrors, { group }: RequestVersion): void {
  const { involvedObject, eventTime, metadata, action = '', reason = '', message = '' } = event;
  const controllerPath = FieldPath.of(group === '' ? 'reportingComponent' : 'reportingController');
  const about = involvedObject.namespace ?? '';
  const own = metadata.namespace ?? '';
  const path = FieldPath.of('involvedObject.namespace');
  if (!eventTime) {
    const matches = about === '' ? own === '' || own === 'default' : own === about;
    if (!matches) errors.invalid(path, about, NAMESPACE_TEXT);
  } else {
    if (about === '' ? own !== 'default' && own !== 'kube-system' : own !== about) errors.invalid(path, about, NAMESPACE_TEXT);
    const controller = event.reportingComponent ?? '';
    if (controller === '') errors.required(controllerPath);
    addInvalid(errors, controllerPath, controller, isQualifiedName(controller));
    requireShort('reportingInstance', event.reportingInstance ?? '', errors);
    requireShort('action', action, errors);
    requireShort('reason', reason, errors);
    if (message.length > MAX_NOTE) errors.invalid(FieldPath.of('message'), '', lengthText(MAX_NOTE));
  }
  addInvalid(errors, FieldPath.of('namespace'), own, isDns1123Subdomain(own));
}

function requireShort(name: string, value: string, errors: FieldErrors): void {
  if (value === '') errors.required(FieldPath.of(name));
  if (value.length > MAX_NAME) errors.invalid(FieldPath.of(name), '', lengthText(MAX_NAME));
}

/** The newer group takes no fields of the older style. */
export function validateEventCreate(event: DeepReadonly<Event>, errors: FieldErrors, { group }: RequestVersion): void {
  if (group === '') return;
  validateSeries(event, errors);
  if (!event.eventTime) errors.required(FieldPath.of('eventTime'));
  const { type = '' } = event;
  if (type !== 'Normal' && type !== 'Warning') errors.invalid(FieldPath.of('type'), '', `has invalid value: ${type}`);
  const unset: readonly [string, boolean][] = [
    ['firstTimestamp', !event.firstTimestamp], ['lastTimestamp', !event.lastTimestamp], ['count', !event.count],
    ['source', !event.source.component && !event.source.host],
  ];
  for (const [name, isUnset] of unset) if (!isUnset) errors.invalid(FieldPath.of(name), '', 'needs to be unset');
}

function validateSeries({ series }: DeepReadonly<Event>, errors: FieldErrors): void {
  if (!series) return;
  if ((series.count ?? 0) < 2) errors.invalid(FieldPath.of('series.count'), '', 'should be at least 2');
  if (!series.lastObservedTime) errors.required(FieldPath.of('series.lastObservedTime'));
}

/** Fields as stored, each with the name in messages, in upstream's order: it looks at the reason twice. */
const IMMUTABLE_FIELDS = [
  ['involvedObject', 'involvedObject'], ['reason', 'reason'], ['message', 'message'], ['source', 'source'], ['firstTimestamp', 'firstTimestamp'],
  ['lastTimestamp', 'lastTimestamp'], ['count', 'count'], ['reason', 'reason'], ['type', 'type'], ['eventTime', 'eventTime'], ['action', 'action'], ['related', 'related'],
  ['reportingComponent', 'reportingController'], ['reportingInstance', 'reportingInstance'],
] as const;
const MESSAGES: Readonly<Record<string, string>> = { involvedObject: 'core.v1.ObjectReference', related: 'core.v1.ObjectReference', source: 'core.v1.EventSource' };
const NULLABLE: ReadonlySet<string> = new Set(['firstTimestamp', 'lastTimestamp', 'eventTime', 'related']);

/** As messages print it: structures as in the server's memory, and what is not there as Go's zero. */
function shownField(event: DeepReadonly<Event>, name: (typeof IMMUTABLE_FIELDS)[number][0]): unknown {
  const value = event[name];
  const message = MESSAGES[name];
  if (message !== undefined) return goForm(message, value);
  return value ?? (NULLABLE.has(name) ? null : name === 'count' ? 0 : '');
}

export function validateEventUpdate(event: DeepReadonly<Event>, old: DeepReadonly<Event>, errors: FieldErrors, { group }: RequestVersion): void {
  if (group === '') return;
  if (!isDeepStrictEqual(event.series, old.series)) validateSeries(event, errors);
  for (const [name, field] of IMMUTABLE_FIELDS) if (!isDeepStrictEqual(event[name], old[name])) errors.invalid(FieldPath.of(field), shownField(event, name), IMMUTABLE);
}
