/** The change from one value to another as hunks of a unified diff over their indented JSON, with three lines around. Source: apimachinery pkg/util/diff. */
import { stringifyWhole } from './whole-numbers.ts';

const CONTEXT = 3;

interface Edit {
  readonly sign: ' ' | '-' | '+';
  readonly line: string;
}

export function jsonDiff(before: unknown, after: unknown): string {
  const edits = editsBetween(stringifyWhole(before, null, 1).split('\n'), stringifyWhole(after, null, 1).split('\n'));
  return hunksOf(edits).join('');
}

function editsBetween(before: readonly string[], after: readonly string[]): Edit[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < before.length - head && tail < after.length - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  const same = (line: string): Edit => ({ sign: ' ', line });
  const middle = middleEdits(before.slice(head, before.length - tail), after.slice(head, after.length - tail));
  return [...before.slice(0, head).map(same), ...middle, ...before.slice(before.length - tail).map(same)];
}

/** By the longest common subsequence; what differs is small, so the table is. */
function middleEdits(before: readonly string[], after: readonly string[]): Edit[] {
  const width = after.length + 1;
  const lengths = new Uint32Array((before.length + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      lengths[i * width + j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const edits: Edit[] = [];
  for (let i = 0, j = 0; i < before.length || j < after.length;) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      edits.push({ sign: ' ', line: before[i] ?? '' });
      i++;
      j++;
    } else if (i < before.length && (j >= after.length || at(i + 1, j) >= at(i, j + 1))) edits.push({ sign: '-', line: before[i++] ?? '' });
    else edits.push({ sign: '+', line: after[j++] ?? '' });
  }
  return edits;
}

function hunksOf(edits: readonly Edit[]): string[] {
  const changed = edits.flatMap((edit, i) => (edit.sign === ' ' ? [] : [i]));
  const hunks: string[] = [];
  for (let k = 0; k < changed.length;) {
    let last = k;
    while (last + 1 < changed.length && (changed[last + 1] ?? 0) - (changed[last] ?? 0) <= 2 * CONTEXT) last++;
    const start = Math.max(0, (changed[k] ?? 0) - CONTEXT);
    hunks.push(hunkText(edits, start, Math.min(edits.length, (changed[last] ?? 0) + CONTEXT + 1)));
    k = last + 1;
  }
  return hunks;
}

function hunkText(edits: readonly Edit[], start: number, end: number): string {
  const count = (part: readonly Edit[], sign: '-' | '+'): number => part.filter((edit) => edit.sign === ' ' || edit.sign === sign).length;
  const before = edits.slice(0, start);
  const inside = edits.slice(start, end);
  const range = (sign: '-' | '+'): string => {
    const lines = count(inside, sign);
    const first = count(before, sign) + (lines === 0 ? 0 : 1);
    return lines === 1 ? `${first}` : `${first},${lines}`;
  };
  return `@@ -${range('-')} +${range('+')} @@\n${inside.map((edit) => `${edit.sign}${edit.line}\n`).join('')}`;
}
