/** Times on the wire: RFC 3339, UTC; whole seconds for Time, microseconds for MicroTime. Source: apimachinery pkg/apis/meta/v1, Time and MicroTime. */

const TIME_LAYOUT = '2006-01-02T15:04:05Z07:00';
const MICRO_LAYOUT = '2006-01-02T15:04:05.000000Z07:00';
const CANONICAL_TIME = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;
const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)([.,]\d+)?(Z|[+-]\d\d:\d\d)$/;

/** A text that is no time; the message is that of Go's parser. */
export class TimeError extends Error {
  override readonly name = 'TimeError';
}

interface Instant {
  /** Milliseconds since 1970 of the whole second. */
  readonly secondMs: number;
  readonly micros: number;
}

function parseInstant(text: string, layout: string): Instant {
  const match = RFC3339.exec(text);
  if (!match) throw new TimeError(`parsing time ${JSON.stringify(text)} as "${layout}": ${whereItFails(text, layout)}`);
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  const outOfRange = rangeProblem({ year: Number(year), month: Number(month), day: Number(day), hour: Number(hour), minute: Number(minute), second: Number(second) });
  if (outOfRange) throw new TimeError(`parsing time ${JSON.stringify(text)}: ${outOfRange} out of range`);
  const base = Date.UTC(2000, Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  const local = new Date(base).setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  return { secondMs: local - zoneMs(zone ?? 'Z'), micros: fraction ? Number(fraction.slice(1, 7).padEnd(6, '0')) : 0 };
}

function zoneMs(zone: string): number {
  if (zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}

function rangeProblem(parts: { year: number; month: number; day: number; hour: number; minute: number; second: number }): string | undefined {
  if (parts.month < 1 || parts.month > 12) return 'month';
  const lastDay = new Date(Date.UTC(2000, parts.month, 0)).getUTCDate();
  const isLeap = parts.year % 4 === 0 && (parts.year % 100 !== 0 || parts.year % 400 === 0);
  if (parts.day < 1 || parts.day > lastDay || (parts.month === 2 && parts.day === 29 && !isLeap)) return 'day';
  if (parts.hour > 23) return 'hour';
  if (parts.minute > 59) return 'minute';
  return parts.second > 59 ? 'second' : undefined;
}

/** Go names the part of the layout at which the text stops matching, and what is left of the text there. */
function whereItFails(text: string, layout: string): string {
  const steps: readonly (readonly [RegExp, string])[] = [
    [/^\d{4}/, '2006'], [/^-/, '-'], [/^\d\d/, '01'], [/^-/, '-'], [/^\d\d/, '02'], [/^T/, 'T'], [/^\d\d/, '15'], [/^:/, ':'], [/^\d\d/, '04'],
    [/^:/, ':'], [/^\d\d/, '05'], ...(layout === MICRO_LAYOUT ? [[/^[.,]\d{6}/, '.000000'] as const] : [[/^(?:[.,]\d+)?/, ''] as const]), [/^(?:Z|[+-]\d\d:\d\d)/, 'Z07:00'],
  ];
  let rest = text;
  for (const [pattern, name] of steps) {
    const match = pattern.exec(rest);
    if (!match) return `cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(name)}`;
    rest = rest.slice(match[0].length);
  }
  return `extra text: ${JSON.stringify(rest)}`;
}

/** Whether a Time is as the server writes it, on one of the days that every month has: of two of these the texts stand in the order of time. */
export function isCanonicalTime(text: string): boolean {
  return CANONICAL_TIME.test(text);
}

/** Milliseconds since 1970 of a Time or MicroTime. Throws TimeError. */
export function parseTime(text: string): number {
  if (CANONICAL_TIME.test(text)) return Date.parse(text);
  const { secondMs, micros } = parseInstant(text, TIME_LAYOUT);
  return secondMs + Math.floor(micros / 1000);
}

/** Nearly all times that are written are of this second. */
let lastSecond = Number.NaN;
let lastTime = '';

/** A Time: whole seconds, `2026-01-31T10:00:00Z`. */
export function formatTime(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastTime = `${new Date(ms).toISOString().slice(0, -5)}Z`;
  }
  return lastTime;
}

/** A MicroTime: `2026-01-31T10:00:00.123456Z`. `micros` are those within the second; default: those of `ms`. */
export function formatMicroTime(ms: number, micros: number = (ms - Math.floor(ms / 1000) * 1000) * 1000): string {
  return `${new Date(ms).toISOString().slice(0, -5)}.${String(Math.floor(micros)).padStart(6, '0')}Z`;
}

/** A Time as the server writes it: UTC, fractions cut off. Throws TimeError. */
export function normalizeTime(text: string): string {
  return CANONICAL_TIME.test(text) ? text : formatTime(parseInstant(text, TIME_LAYOUT).secondMs);
}

/** A MicroTime as the server writes it: UTC, six digits. Throws TimeError; a text without six digits of fraction is none. */
export function normalizeMicroTime(text: string): string {
  if (!/T\d\d:\d\d:\d\d[.,]\d{6}/.test(text)) throw new TimeError(`parsing time ${JSON.stringify(text)} as "${MICRO_LAYOUT}": ${whereItFails(text, MICRO_LAYOUT)}`);
  const { secondMs, micros } = parseInstant(text, MICRO_LAYOUT);
  return formatMicroTime(secondMs, micros);
}
