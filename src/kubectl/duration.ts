import { parseGoDuration } from '../apimachinery/go-duration.ts';
import { CommandError } from './errors.ts';

/** A Go duration (`1h30m`, `10s`) in milliseconds; `0` alone needs no unit. Throws for anything else. */
export function parseDuration(text: string): number {
  try {
    return parseGoDuration(text);
  } catch (error) {
    throw error instanceof RangeError ? new CommandError(`invalid argument ${JSON.stringify(text)}: ${error.message}`) : error;
  }
}
