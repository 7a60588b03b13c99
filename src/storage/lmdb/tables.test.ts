import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { open } from 'lmdb';
import { databasesOpener } from './databases.ts';
import { databasePath, Tables, type TableWrite } from './tables.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubets-tables-'));
after(() => rmSync(folder, { recursive: true }));
const newFolder = (): string => mkdtempSync(join(folder, 'data-'));

const VALUE = Buffer.alloc(64 * 1024, 'v');
/** Each is 2 MB. */
const BATCH = 32;

function batch(from: number): TableWrite[] {
  return Array.from({ length: BATCH }, (_, index) => ({ key: `/k/${index}`, revision: from + index, value: VALUE, createRevision: from + index, before: 0, expiresAt: 0 }));
}

/** Megabytes of the file that the kernel counts as memory of this process. */
function viewedMB(dataDir: string): number {
  const maps = readFileSync('/proc/self/smaps', 'utf8').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
  const ofFile = maps.filter((map) => map.split('\n')[0]?.endsWith(databasePath(dataDir)));
  return ofFile.reduce((sum, map) => sum + Number(/^Rss:\s+(\d+)/m.exec(map)?.[1] ?? 0) / 1024, 0);
}

test('gives back to the kernel what it has looked at of the file', async () => {
  const dataDir = newFolder();
  const tables = await Tables.open(dataDir);
  let highest = 0;
  for (let revision = 2; revision < 2 + 50 * BATCH; revision += BATCH) {
    await tables.write(batch(revision));
    for (let one = revision; one < revision + BATCH; one++) tables.read(one);
    highest = Math.max(highest, viewedMB(dataDir));
  }
  assert.ok(highest < 40, `${highest} MB of 100 MB were held`);
  await tables.close();
});

test('whoever reads while the file is opened again finds what is written', async () => {
  const tables = await Tables.open(newFolder());
  await tables.write(batch(2));
  let isOver = false;
  let reads = 0;
  const read = (): void => {
    reads++;
    assert.equal(tables.read(2 + (reads % BATCH))?.value?.length, VALUE.length);
  };
  const reader = async (turn: () => Promise<void>): Promise<void> => {
    for (; !isOver; await turn()) read();
  };
  const immediate = reader(() => new Promise((resolve) => setImmediate(resolve)));
  // Between the steps of whoever else works with promises: a few at a time, or nobody else would have a turn.
  const between = reader(async () => {
    for (let step = 0; step < 20; step++) await Promise.resolve().then(read);
    await new Promise((resolve) => setImmediate(resolve));
  });
  for (let revision = 2 + BATCH; revision < 2 + 40 * BATCH; revision += BATCH) {
    await Promise.all([tables.write(batch(revision)), tables.compact(revision - BATCH, [], [])]);
  }
  isOver = true;
  await Promise.all([immediate, between]);
  assert.equal(tables.revision, 1 + 40 * BATCH);
  await tables.close();
});

test('a file that was moved away is not made anew in its place, and is used again once it is back', async () => {
  const dataDir = newFolder();
  const path = databasePath(dataDir);
  const tables = await Tables.open(dataDir);
  renameSync(path, `${path}.away`);
  await assert.rejects(async () => {
    for (let revision = 2; ; revision += BATCH) await tables.write(batch(revision));
  }, ({ message, cause }: Error) => /was moved or replaced while it was in use/.test(cause instanceof Error ? cause.message : message));
  renameSync(`${path}.away`, path);
  const { revision } = tables;
  await tables.write(batch(revision + 1));
  assert.equal(tables.revision, revision + BATCH);
  await tables.close();
});

test('a process that was killed while it read holds back no pages after the next compaction', async () => {
  const dataDir = newFolder();
  const tables = await Tables.open(dataDir);
  await tables.write(batch(2));
  const module = new URL('tables.ts', import.meta.url).href;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', `
    import { Tables } from '${module}';
    for (const _ of (await Tables.open('${dataDir}', { readOnly: true })).states()) {
      process.stdout.write('reading');
      for (;;);
    }
  `], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const { root } = databasesOpener(open, databasePath(dataDir), false)();
  const isReader = (): boolean => root.readerList().includes(` ${child.pid} `);
  assert(isReader());
  child.kill('SIGKILL');
  await once(child, 'exit');
  await tables.compact(2, [], []);
  assert(!isReader());
  await root.close();
  await tables.close();
});
