/** Completion indexes as a status writes them: `0-2,5`. Texts that cannot be read, and indexes from `completions` on, count for nothing. */
export function parseIndexes(text: string | undefined, completions: number): Set<number> {
  const indexes = new Set<number>();
  for (const part of (text ?? '').split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (!match) continue;
    const first = Number(match[1]);
    const last = Math.min(Number(match[2] ?? match[1]), completions - 1);
    for (let index = first; index <= last; index++) indexes.add(index);
  }
  return indexes;
}

export function formatIndexes(indexes: ReadonlySet<number>): string {
  const sorted = [...indexes].sort((one, other) => one - other);
  const ranges: string[] = [];
  for (let start = 0; start < sorted.length; ) {
    let end = start;
    while (end + 1 < sorted.length && (sorted[end + 1] ?? 0) === (sorted[end] ?? 0) + 1) end++;
    const [first, last] = [sorted[start], sorted[end]];
    ranges.push(first === last ? `${first}` : end === start + 1 ? `${first},${last}` : `${first}-${last}`);
    start = end + 1;
  }
  return ranges.join(',');
}
