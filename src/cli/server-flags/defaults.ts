import type { Command, Option } from 'commander';
import { duration } from '../flags.ts';
import { durationOrZero } from './values.ts';

/** Says defaults as they would be written on the command line. */
export function describeDefaults(command: Command): void {
  for (const option of command.options) {
    const text = defaultText(option);
    if (text !== undefined) option.defaultValueDescription = text;
  }
}

function defaultText({ defaultValue: value, parseArg }: Option): string | undefined {
  if (typeof value === 'number' && (parseArg === (duration as unknown) || parseArg === (durationOrZero as unknown))) return durationText(value);
  if (value instanceof Map || Array.isArray(value)) return [...(value as Iterable<unknown>)].join(',') || 'none';
  if (typeof value === 'object' && value !== null && 'first' in value && 'last' in value) return `${String(value.first)}-${String(value.last)}`;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) || 'none' : undefined;
}

function durationText(ms: number): string {
  const units: [string, number][] = [['h', 3_600_000], ['m', 60_000], ['s', 1000], ['ms', 1]];
  const [unit, size] = units.find(([, one]) => ms >= one && ms % one === 0) ?? ['s', 1000];
  return `${ms / size}${unit}`;
}
