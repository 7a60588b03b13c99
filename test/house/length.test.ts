import assert from 'node:assert/strict';
import { test } from 'node:test';
import ratchet from './length-ratchet.json' with { type: 'json' };
import { sourcesUnder } from './sources.ts';

/** New files stay under these; what was longer before may only shrink: `length-ratchet.json` holds what it has now. */
const MAX_FILE_LINES = 500;
const MAX_FUNCTION_LINES = 80;

/** The longest function of a file by indentation: from a line that opens a body to the first line that closes it at the same depth. */
function longestFunction(text: string): { lines: number; at: number } {
  const lines = text.split('\n');
  let longest = { lines: 0, at: 0 };
  lines.forEach((line, start) => {
    const opens = /^(\s*)(?:export )?(?:default )?(?:(?:async )?function\*? \w+|(?:(?:public|private|protected|static|override|async|get|set) )*[#\w[\].]+(?:<[^>]*>)?\(.*\)(?::.*)?) ?.*\{$/.exec(line);
    if (!opens || /^\s*(?:if|for|while|switch|catch|else|return|test|describe|suite|await)\b/.test(line)) return;
    const end = lines.findIndex((other, index) => index > start && other.startsWith(`${opens[1]}}`));
    if (end > 0 && end - start + 1 > longest.lines) longest = { lines: end - start + 1, at: start + 1 };
  });
  return longest;
}

test('files and functions stay short, and long ones do not grow', () => {
  const held: Record<string, { file?: number; function?: number }> = ratchet;
  const wrong: string[] = [];
  for (const { path, text } of [...sourcesUnder('src'), ...sourcesUnder('test'), ...sourcesUnder('scripts')]) {
    if (path.endsWith('.schema.ts')) continue; // the catalogue is data
    const fileLines = text.split('\n').length;
    const fileMax = held[path]?.file ?? MAX_FILE_LINES;
    if (fileLines > fileMax) wrong.push(`${path} has ${fileLines} lines (at most ${fileMax}): split it, one idea a file`);
    const longest = longestFunction(text);
    const functionMax = held[path]?.function ?? MAX_FUNCTION_LINES;
    if (longest.lines > functionMax && !path.endsWith('.test.ts')) {
      wrong.push(`${path}:${longest.at} a function of ${longest.lines} lines (at most ${functionMax}): take a step out of it and name it`);
    }
  }
  assert.deepEqual(wrong, []);
});
