const UNITS_MS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, 'µs': 1e-3, 'μs': 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A Go duration (`1h30m`, `-10s`) in milliseconds; `0` alone needs no unit. Throws RangeError, in Go's words. Source: time.ParseDuration. */
export function parseGoDuration(text: string): number {
  const body = text.replace(/^[-+]/, '');
  if (body === '0') return 0;
  const invalid = (): RangeError => new RangeError(`time: invalid duration ${JSON.stringify(text)}`);
  if (body === '') throw invalid();
  let sum = 0;
  let rest = body;
  while (rest !== '') {
    const [, amount = '', unit = ''] = /^(\d*\.?\d*)([^\d.]*)/.exec(rest) ?? [];
    if (!/\d/.test(amount)) throw invalid();
    if (unit === '') throw new RangeError(`time: missing unit in duration ${JSON.stringify(text)}`);
    const size = UNITS_MS[unit];
    if (size === undefined) throw new RangeError(`time: unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`);
    sum += Number(amount) * size;
    rest = rest.slice(amount.length + unit.length);
  }
  return text.startsWith('-') ? -sum : sum;
}

/** A duration of at least a millisecond as Go writes it: `1h0m0.5s`, `501.2ms`. Source: time.Duration.String. */
export function formatGoDuration(ms: number): string {
  const shown = (value: number): string => String(Number(value.toFixed(6)));
  if (ms < 1000) return `${shown(ms)}ms`;
  const minutes = Math.floor(ms / 60_000);
  const seconds = `${shown((ms - minutes * 60_000) / 1000)}s`;
  if (minutes === 0) return seconds;
  return minutes < 60 ? `${minutes}m${seconds}` : `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}`;
}
