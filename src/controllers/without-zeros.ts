/** A status as it compares: counts that are 0 may be absent in the API, and what is absent in one may be undefined in the other. */
export function withoutZeros(status: object | undefined): unknown {
  return JSON.parse(JSON.stringify(Object.fromEntries(Object.entries(status ?? {}).filter(([, value]) => value !== 0))));
}
