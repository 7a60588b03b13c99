/** Rows in columns as wide as their widest cell, three spaces apart, as kubectl prints them. The first row is the head. */
export function printTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, cell.length)));
  const line = (row: readonly string[]): string => row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd((widths[index] ?? 0) + 3))).join('');
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('');
}
