import { isTrue } from '../../apimachinery/query-boolean.ts';
import { parseTime } from '../../apimachinery/time.ts';

/** What of a log is wanted. Source: PodLogOptions. */
export interface LogOptions {
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly tailLines: number | undefined;
  readonly limitBytes: number | undefined;
  /** Since 1970. */
  readonly sinceMs: number | undefined;
  readonly stream: 'All' | 'Stdout' | 'Stderr';
}

/** Throws RangeError for what cannot be. */
export function parseLogOptions(query: URLSearchParams, nowMs: number): LogOptions {
  const number = (name: string): number | undefined => {
    const text = query.get(name);
    if (text === null || text === '') return undefined;
    const value = Number(text);
    if (!Number.isInteger(value) || value < 0) throw new RangeError(`Unable to decode the request as container log options: invalid ${name} ${JSON.stringify(text)}`);
    return value;
  };
  const sinceSeconds = number('sinceSeconds');
  const sinceTime = query.get('sinceTime');
  return {
    follow: isTrue(query.get('follow')), previous: isTrue(query.get('previous')), timestamps: isTrue(query.get('timestamps')),
    tailLines: number('tailLines'), limitBytes: number('limitBytes'),
    sinceMs: sinceSeconds !== undefined ? nowMs - sinceSeconds * 1000 : sinceTime ? parseTime(sinceTime) : undefined,
    stream: (query.get('stream') || 'All') as LogOptions['stream'],
  };
}
