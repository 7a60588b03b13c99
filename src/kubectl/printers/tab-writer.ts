/** How columns are set; the two ways that kubectl uses Go's text/tabwriter. */
export interface TabOptions {
  readonly minWidth: number;
  readonly padding: number;
}

/** Of tables. Source: cli-runtime pkg/printers, GetNewTabWriter. */
export const TABLE_TABS: TabOptions = { minWidth: 6, padding: 3 };
/** Of `kubectl describe`. */
export const DESCRIBE_TABS: TabOptions = { minWidth: 0, padding: 2 };

/**
 * Sets text in columns: cells end with a tab, and a column reaches over the neighbouring lines that have it; the last cell of a line belongs to
 * none. Source: Go's text/tabwriter (left-aligned, padded with spaces).
 */
export function alignTabs(text: string, options: TabOptions): string {
  const lines = text.split('\n').map((line) => line.split('\t'));
  const output = lines.map(() => '');
  formatColumn(lines, output, 0, lines.length, 0, options);
  return output.map((start, index) => start + (lines[index]?.at(-1) ?? '')).join('\n');
}

function formatColumn(lines: readonly string[][], output: string[], from: number, to: number, column: number, options: TabOptions): void {
  for (let start = from; start < to; start++) {
    const hasCell = (line: number): boolean => line < to && column < (lines[line]?.length ?? 0) - 1;
    if (!hasCell(start)) continue;
    let end = start;
    let width = options.minWidth;
    for (; hasCell(end); end++) width = Math.max(width, textWidth(lines[end]?.[column] ?? '') + options.padding);
    for (let line = start; line < end; line++) {
      const cell = lines[line]?.[column] ?? '';
      output[line] += cell + ' '.repeat(width - textWidth(cell));
    }
    formatColumn(lines, output, start, end, column + 1, options);
    start = end;
  }
}

function textWidth(text: string): number {
  return /^[\x20-\x7e]*$/.test(text) ? text.length : Array.from(text).length;
}
