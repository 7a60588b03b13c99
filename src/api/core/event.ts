import { timeSince } from '../../apimachinery/human-duration.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { pathSegmentName, subdomainName } from '../../apimachinery/validation/names.ts';
import { nameColumn, textColumn, wideColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { Event } from '../generated/core-v1.ts';
import type { Column, KindDefinition } from '../kind.ts';
import { eventFromCore, eventToCore } from './event-conversion.ts';
import { validateEvent, validateEventCreate, validateEventUpdate } from './event-validation.ts';

const FIELD_PATH_TEXT =
  'If referring to a piece of an object instead of an entire object, this string should contain a valid JSON/Go field access statement, such as desiredState.manifest.containers[2]. For example, if the object reference is to a container within a pod, this would take on a value like: "spec.containers{name}" (where "name" refers to the name of the container that triggered the event) or if no container name is specified "spec.containers[2]" (container with index 2 in this pod). This syntax is chosen only to have some well-defined way of referencing a part of an object.';
const HOUR_SECONDS = 3600;

function firstSeen({ firstTimestamp, eventTime }: DeepReadonly<Event>, nowMs: number): string {
  return timeSince(firstTimestamp ?? eventTime, nowMs);
}

function lastSeen(event: DeepReadonly<Event>, nowMs: number): string {
  if (event.series) return timeSince(event.series.lastObservedTime, nowMs);
  return event.lastTimestamp ? timeSince(event.lastTimestamp, nowMs) : firstSeen(event, nowMs);
}

function objectText({ involvedObject: { kind = '', name } }: DeepReadonly<Event>): string {
  return name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase();
}

function sourceText({ source, reportingComponent, reportingInstance }: DeepReadonly<Event>): string {
  const component = source.component || reportingComponent || '';
  const instance = source.host || reportingInstance || '';
  return instance === '' ? component : `${component}, ${instance}`;
}

const columns: readonly Column<Event>[] = [
  textColumn<Event>('Last Seen', 'The time at which the most recent occurrence of this event was recorded.', lastSeen),
  textColumn('Type', 'Type of this event (Normal, Warning), new types could be added in the future', (event) => event.type ?? ''),
  textColumn('Reason', "This should be a short, machine understandable string that gives the reason for the transition into the object's current status.", (event) => event.reason ?? ''),
  textColumn<Event>('Object', 'The object that this event is about.', objectText),
  wideColumn('Subobject', FIELD_PATH_TEXT, (event) => event.involvedObject.fieldPath ?? ''),
  wideColumn<Event>('Source', 'The component reporting this event. Should be a short machine understandable string.', sourceText),
  textColumn('Message', 'A human-readable description of the status of this operation.', (event) => (event.message ?? '').trim()),
  wideColumn<Event>('First Seen', 'The time at which the event was first recorded. (Time of server receipt is in TypeMeta.)', firstSeen),
  wideColumn('Count', 'The number of times this event has occurred.', (event) => event.series?.count ?? (event.series ? 0 : event.count || 1)),
  { ...nameColumn, priority: 1 },
];

const NEW_FIELD_LABELS: Readonly<Record<string, string>> = {
  'regarding.kind': 'involvedObject.kind', 'regarding.namespace': 'involvedObject.namespace', 'regarding.name': 'involvedObject.name',
  'regarding.uid': 'involvedObject.uid', 'regarding.apiVersion': 'involvedObject.apiVersion',
  'regarding.resourceVersion': 'involvedObject.resourceVersion', 'regarding.fieldPath': 'involvedObject.fieldPath',
  reason: 'reason', reportingController: 'reportingComponent', type: 'type',
};

export const event: KindDefinition<Event> = defineKind<Event>({
  group: '', kind: 'Event', resource: 'events', namespaced: true, shortNames: ['ev'],
  versions: [
    { version: 'v1', message: 'core.v1.Event' },
    { group: 'events.k8s.io', version: 'v1', message: 'events.v1.Event', toStorage: eventToCore, fromStorage: eventFromCore, fieldLabels: NEW_FIELD_LABELS },
  ],
  validatesMetadata: false,
  metadataRule: ({ group }) => (group === '' ? undefined : subdomainName),
  updateRules: ['validate', 'validateUpdate'],
  allowCreateOnUpdate: true,
  validateName: pathSegmentName,
  defaultPropagation: 'Unsupported',
  ttlSeconds: HOUR_SECONDS,
  validate: validateEvent,
  validateCreate: validateEventCreate,
  validateUpdate: validateEventUpdate,
  selectableFields: {
    'involvedObject.kind': ({ involvedObject }) => involvedObject.kind ?? '',
    'involvedObject.namespace': ({ involvedObject }) => involvedObject.namespace ?? '',
    'involvedObject.name': ({ involvedObject }) => involvedObject.name ?? '',
    'involvedObject.uid': ({ involvedObject }) => involvedObject.uid ?? '',
    'involvedObject.apiVersion': ({ involvedObject }) => involvedObject.apiVersion ?? '',
    'involvedObject.resourceVersion': ({ involvedObject }) => involvedObject.resourceVersion ?? '',
    'involvedObject.fieldPath': ({ involvedObject }) => involvedObject.fieldPath ?? '',
    reason: (object) => object.reason ?? '',
    reportingComponent: (object) => object.reportingComponent ?? '',
    source: ({ source, reportingComponent }) => source.component || reportingComponent || '',
    type: (object) => object.type ?? '',
  },
  columns,
});
