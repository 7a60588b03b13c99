import { timeSince } from '../apimachinery/human-duration.ts';
import { at, type KubeJson, numberAt, textAt } from './kube-json.ts';

/** When it was last seen, in ms since 1970; 0 when it does not say. Source: kubectl pkg/cmd/events, eventTime. */
export function eventTimeMs(event: KubeJson): number {
  const text = textAt(event, 'series', 'lastObservedTime') || textAt(event, 'lastTimestamp') || textAt(event, 'eventTime') || textAt(event, 'firstTimestamp');
  return text === '' ? 0 : Date.parse(text);
}

/** `5s`, or `5s (x3 over 2m)` for one that happened again. */
export function eventAge(event: KubeJson, nowMs: number): string {
  const first = textAt(event, 'eventTime') || textAt(event, 'firstTimestamp');
  if (at(event, 'series') !== undefined && at(event, 'series') !== null) return `${timeSince(textAt(event, 'series', 'lastObservedTime'), nowMs)} (x${numberAt(event, 'series', 'count')} over ${timeSince(first, nowMs)})`;
  const count = numberAt(event, 'count');
  return count > 1 ? `${timeSince(textAt(event, 'lastTimestamp'), nowMs)} (x${count} over ${timeSince(first, nowMs)})` : timeSince(first, nowMs);
}
