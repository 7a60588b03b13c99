import type { Readable } from 'node:stream';
import type { WatchEvent } from './transport.ts';
import { TransportError } from './transport.ts';

const NEWLINE = 0x0a;

/** The events of a watch's body, one JSON text a line, as batches: all that came with one read. Ends with the body; a broken body throws `TransportError`. */
export async function* watchEvents(body: Readable, signal: AbortSignal, parse: (text: string) => unknown = JSON.parse): AsyncGenerator<readonly WatchEvent[]> {
  let rest: Buffer[] = [];
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      const end = chunk.lastIndexOf(NEWLINE);
      if (end < 0) {
        rest.push(chunk);
        continue;
      }
      const whole = rest.length === 0 ? chunk.subarray(0, end) : Buffer.concat([...rest, chunk.subarray(0, end)]);
      rest = end + 1 < chunk.length ? [chunk.subarray(end + 1)] : [];
      const events = parseLines(whole.toString(), parse);
      if (events.length > 0) yield events;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof TransportError ? error : new TransportError(`the watch broke off: ${(error as Error).message}`, { cause: error });
  } finally {
    body.destroy();
  }
  signal.throwIfAborted();
}

function parseLines(text: string, parse: (text: string) => unknown): WatchEvent[] {
  const events: WatchEvent[] = [];
  for (const line of text.split('\n')) if (line !== '') events.push(parse(line) as WatchEvent);
  return events;
}
