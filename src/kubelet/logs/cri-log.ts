/** One line of a container's log, as runtimes write them: `2026-01-01T00:00:00.000000000Z stdout F text`. */
export interface CriLogEntry {
  readonly time: string;
  readonly stream: string;
  /** The line goes on in the next entry. */
  readonly partial: boolean;
  readonly text: string;
}

/** Undefined for a line in another form. */
export function parseCriLogLine(line: string): CriLogEntry | undefined {
  const timeEnd = line.indexOf(' ');
  const streamEnd = line.indexOf(' ', timeEnd + 1);
  const tagEnd = line.indexOf(' ', streamEnd + 1);
  if (timeEnd < 0 || streamEnd < 0 || tagEnd < 0) return undefined;
  const tags = line.slice(streamEnd + 1, tagEnd).split(':');
  return { time: line.slice(0, timeEnd), stream: line.slice(timeEnd + 1, streamEnd), partial: tags[0] === 'P', text: line.slice(tagEnd + 1) };
}
