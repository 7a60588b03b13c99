/** What is wrong at a place of an expression. `offset`: of the character, in code points; -1: of the whole expression. */
export interface Issue {
  readonly offset: number;
  readonly message: string;
}

/** An expression does not compile; `issues` in the order of their places. `message` shows them with their lines, as cel-go prints them. */
export class CompileError extends Error {
  override readonly name = 'CompileError';
  readonly issues: readonly Issue[];

  constructor(source: string, issues: readonly Issue[]) {
    const sorted = issues.map((issue) => ({ issue, place: placeOf(source, issue.offset) })).sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
    super(sorted.map(({ issue, place }) => display(issue.message, place)).join('\n'));
    this.issues = sorted.map(({ issue }) => issue);
  }
}

interface Place {
  /** From 1; 0 if there is no place. */
  readonly line: number;
  /** From 0, in code points. */
  readonly column: number;
  readonly text: string;
}

function placeOf(source: string, offset: number): Place {
  if (offset < 0) return { line: -1, column: -1, text: '' };
  const lines = source.split('\n');
  let start = 0;
  for (const [i, text] of lines.entries()) {
    const length = Array.from(text).length;
    if (offset <= start + length || i === lines.length - 1) return { line: i + 1, column: offset - start, text };
    start += length + 1;
  }
  return { line: 1, column: 0, text: '' };
}

/** The dots under a line are as wide as what they stand under. Source: cel-go common/error.go. */
function display(message: string, { line, column, text }: Place): string {
  const head = `ERROR: <input>:${line}:${column + 1}: ${message}`;
  if (line < 0) return head;
  const shown = Array.from(text.replaceAll('\t', ' '));
  const isWide = (char: string | undefined): boolean => char !== undefined && char.charCodeAt(0) > 127;
  const dots = shown.slice(0, column).map((char) => (isWide(char) ? '\uff0e' : '.'));
  while (dots.length < column) dots.push('.');
  return `${head}\n | ${shown.join('')}\n | ${dots.join('')}${isWide(shown[column]) ? '\uff3e' : '^'}`;
}
