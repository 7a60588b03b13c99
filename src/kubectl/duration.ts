import { CommandError } from './errors.ts';

const UNITS_MS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, 'µs': 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A Go duration (`1h30m`, `10s`) in milliseconds; `0` alone needs no unit. Throws for anything else. */
export function parseDuration(text: string): number {
  if (/^[-+]?0$/.test(text)) return 0;
  const match = /^([-+])?((?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/.exec(text);
  if (!match) throw new CommandError(`invalid argument ${JSON.stringify(text)}: time: invalid duration ${JSON.stringify(text)}`);
  let sum = 0;
  for (const [, amount = '0', unit = 's'] of text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/g)) sum += Number(amount) * (UNITS_MS[unit] ?? 0);
  return text.startsWith('-') ? -sum : sum;
}
