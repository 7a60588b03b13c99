import assert from 'node:assert/strict';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { SystemClock } from '../../base/clock.ts';
import { parseLogOptions } from './log-options.ts';
import { readLog } from './log-reader.ts';

const NEVER = new AbortController().signal;
const line = (second: number, stream: string, tag: string, text: string): string => `2026-01-01T00:00:0${second}.000000000Z ${stream} ${tag} ${text}\n`;
const LOG = line(1, 'stdout', 'F', 'one') + line(2, 'stderr', 'F', 'two') + line(3, 'stdout', 'P', 'th') + line(3, 'stdout', 'F', 'ree') + line(4, 'stdout', 'F', 'four é');

async function withLog(use: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'kubets-log-'));
  try {
    await writeFile(join(folder, '0.log'), LOG);
    await use(join(folder, '0.log'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function read(path: string, query: string, isRunning = async (): Promise<boolean> => false): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of readLog({ path, clock: new SystemClock(), isRunning }, parseLogOptions(new URLSearchParams(query), Date.UTC(2026, 0, 1, 0, 0, 5)), NEVER)) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

for (const { query, expected } of [
  { query: '', expected: 'one\ntwo\nthree\nfour é\n' },
  { query: 'tailLines=1', expected: 'four é\n' },
  { query: 'tailLines=2', expected: 'three\nfour é\n' },
  { query: 'tailLines=99', expected: 'one\ntwo\nthree\nfour é\n' },
  { query: 'tailLines=0', expected: '' },
  { query: 'stream=Stderr', expected: 'two\n' },
  { query: 'sinceSeconds=2', expected: 'three\nfour é\n' },
  { query: 'sinceTime=2026-01-01T00:00:04Z', expected: 'four é\n' },
  { query: 'limitBytes=5', expected: 'one\nt' },
  { query: 'timestamps=true&tailLines=1', expected: '2026-01-01T00:00:04.000000000Z four é\n' },
  { query: 'timestamps=True&tailLines=1', expected: '2026-01-01T00:00:04.000000000Z four é\n' },
]) test(`log with ${JSON.stringify(query)}`, () => withLog(async (path) => assert.equal(await read(path, query), expected)));

test('times have nine digits, and stand before lines, not before what goes on', () => withLog(async (path) => {
  await writeFile(path, '2026-01-01T00:00:01.5Z stdout P th\n2026-01-01T00:00:01.6Z stdout F ree\n2026-01-01T00:00:02+01:00 stdout F four\n');
  assert.equal(await read(path, 'timestamps=true'), '2026-01-01T00:00:01.500000000Z three\n2026-01-01T00:00:02.000000000+01:00 four\n');
}));

test('a follower gets what is written until the container has ended', () => withLog(async (path) => {
  let runs = 0;
  const text = await read(path, 'follow=true&tailLines=1', async () => {
    if (runs++ === 0) await appendFile(path, line(5, 'stdout', 'F', 'five'));
    return runs < 2;
  });
  assert.equal(text, 'four é\nfive\n');
}));
