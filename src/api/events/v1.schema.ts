import { definePackage, type SchemaPackage } from '../../apimachinery/schema/package.ts';

/** The messages of `events.v1`; the notation is explained in apimachinery/schema/package.ts. */
export const eventsV1Schema: SchemaPackage = definePackage('events.v1', 'io.k8s.api.events.v1', {
  Event: `
    metadata 1 meta.v1.ObjectMeta default={}
    eventTime 2 MicroTime required null
    series 3 EventSeries
    reportingController 4 string omitzero
    reportingInstance 5 string omitzero
    action 6 string omitzero
    reason 7 string omitzero
    regarding 8 core.v1.ObjectReference default={}
    related 9 core.v1.ObjectReference
    note 10 string omitzero
    type 11 string omitzero
    deprecatedSource 12 core.v1.EventSource default={}
    deprecatedFirstTimestamp 13 Time null
    deprecatedLastTimestamp 14 Time null
    deprecatedCount 15 int32 omitzero`,
  EventList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []Event required`,
  EventSeries: `
    count 1 int32 required default=0
    lastObservedTime 2 MicroTime required null`,
});
