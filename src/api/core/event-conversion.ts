/** Events of `events.k8s.io/v1` and of the core group are one kind with two sets of field names. Source: pkg/apis/events/v1 conversion. */
import { copyOf } from '../../apimachinery/deep-copy.ts';
import type { KubeObject } from '../../apimachinery/meta.ts';
import type { Event } from '../generated/core-v1.ts';
import type { Event as NewEvent } from '../generated/events-v1.ts';

/** Gives only what is there: absent fields stay absent. */
function present<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

export function eventToCore(object: KubeObject): KubeObject {
  const event = copyOf<NewEvent>(object as NewEvent);
  return present<Event>({
    apiVersion: 'v1', kind: 'Event', metadata: event.metadata, involvedObject: event.regarding ?? {}, reason: event.reason, message: event.note,
    source: event.deprecatedSource ?? {}, firstTimestamp: event.deprecatedFirstTimestamp, lastTimestamp: event.deprecatedLastTimestamp,
    count: event.deprecatedCount, type: event.type, eventTime: event.eventTime, series: event.series, action: event.action, related: event.related,
    reportingComponent: event.reportingController ?? '', reportingInstance: event.reportingInstance ?? '',
  });
}

export function eventFromCore(object: KubeObject): KubeObject {
  const event = copyOf<Event>(object as Event);
  return present<NewEvent>({
    apiVersion: 'events.k8s.io/v1', kind: 'Event', metadata: event.metadata, eventTime: event.eventTime as string,
    series: event.series as NewEvent['series'], reportingController: event.reportingComponent || undefined,
    reportingInstance: event.reportingInstance || undefined, action: event.action, reason: event.reason, regarding: event.involvedObject,
    related: event.related, note: event.message, type: event.type, deprecatedSource: event.source,
    deprecatedFirstTimestamp: event.firstTimestamp, deprecatedLastTimestamp: event.lastTimestamp, deprecatedCount: event.count,
  });
}
