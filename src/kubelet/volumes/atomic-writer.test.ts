import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, readlink, rm, stat, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeAtomically, type ProjectedFile } from './atomic-writer.ts';

function payload(files: Record<string, string>, mode = 0o644): Map<string, ProjectedFile> {
  return new Map(Object.entries(files).map(([path, text]) => [path, { content: Buffer.from(text), mode }]));
}

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'kubets-atomic-'));
  try {
    await use(join(root, 'volume'));
  } finally {
    await rm(root, { recursive: true });
  }
}

test('files are seen through one link, which swings when they change', () => withFolder(async (folder) => {
  assert.equal(await writeAtomically(folder, payload({ a: '1', 'dir/b': '2' })), true);
  assert.equal(await readFile(join(folder, 'a'), 'utf8'), '1');
  assert.equal(await readFile(join(folder, 'dir/b'), 'utf8'), '2');
  const first = await readlink(join(folder, '..data'));
  assert.equal(await writeAtomically(folder, payload({ a: '1', 'dir/b': '2' })), false);
  assert.equal(await readlink(join(folder, '..data')), first);
  assert.equal(await writeAtomically(folder, payload({ a: '3' })), true);
  assert.equal(await readFile(join(folder, 'a'), 'utf8'), '3');
  assert.deepEqual((await readdir(folder)).filter((name) => !name.startsWith('..')), ['a']);
  assert.equal((await readdir(folder)).includes(first), false);
}));

test('names that a writer which was killed has not made are made by the next', () => withFolder(async (folder) => {
  const files = payload({ a: '1', b: '2' });
  await writeAtomically(folder, files);
  await unlink(join(folder, 'b'));
  assert.equal(await writeAtomically(folder, files), false);
  assert.equal(await readFile(join(folder, 'b'), 'utf8'), '2');
}));

test('modes are kept', () => withFolder(async (folder) => {
  await writeAtomically(folder, payload({ a: '1' }, 0o400));
  assert.equal((await stat(join(folder, 'a'))).mode & 0o777, 0o400);
}));

for (const path of ['../a', '/a', 'b/../../a', '..data', '']) {
  test(`a path that leads out is refused: ${JSON.stringify(path)}`, () => withFolder(async (folder) => {
    await assert.rejects(writeAtomically(folder, payload({ [path]: 'x' })), RangeError);
  }));
}
