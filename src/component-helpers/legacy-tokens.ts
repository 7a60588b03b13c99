/** Tokens of service accounts that are kept in Secrets and never expire: what the API server notes of their use, and the cleaner goes by. Source: KEP-2799. */
export const TRACKING_NAMESPACE = 'kube-system';
export const TRACKING_NAME = 'kube-apiserver-legacy-service-account-token-tracking';
/** The key of that ConfigMap: since which day use is noted. */
export const TRACKED_SINCE = 'since';
export const LAST_USED = 'kubernetes.io/legacy-token-last-used';
export const INVALID_SINCE = 'kubernetes.io/legacy-token-invalid-since';

/** The day in UTC, as labels have it: `2026-01-31`. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** Milliseconds since 1970 at which a day begins; undefined for text that is no day. */
export function dayStart(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(ms) ? undefined : ms;
}
