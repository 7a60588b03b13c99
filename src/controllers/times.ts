/** RFC 3339 in UTC with whole seconds, as `metav1.Time` is written. */
export function timeOf(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** Milliseconds since 1970 of a time in an object; undefined when there is none. */
export function msOf(time: string | undefined): number | undefined {
  return time === undefined ? undefined : Date.parse(time);
}
