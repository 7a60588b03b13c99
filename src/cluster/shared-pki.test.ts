import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { SystemClock } from '../base/clock.ts';
import { MemoryStore } from '../storage/memory/memory-store.ts';
import { writeFileDurably } from './files.ts';
import { sharePki } from './shared-pki.ts';

const never = new AbortController().signal;

/** A server's folder; `pki` is in it. */
class Folder implements Disposable {
  readonly path: string = mkdtempSync(join(tmpdir(), 'kubets-pki-'));
  readonly pki: string = join(this.path, 'pki');

  authority(): string | undefined {
    return existsSync(join(this.pki, 'ca.crt')) ? readFileSync(join(this.pki, 'ca.crt'), 'utf8') : undefined;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

/** Makes an authority of this name, unless there is one. */
const making = (name: string) => (folder: string): void => {
  if (!existsSync(join(folder, 'ca.crt'))) writeFileDurably(join(folder, 'ca.crt'), name);
};

async function started(): Promise<MemoryStore> {
  const store = new MemoryStore({ clock: new SystemClock() });
  await store.start(never);
  return store;
}

test('of servers that start at once one makes the authority, and the others take it', async () => {
  await using store = await started();
  using one = new Folder();
  using other = new Folder();
  await Promise.all([sharePki({ store, folder: one.pki, make: making('one') }), sharePki({ store, folder: other.pki, make: making('other') })]);
  assert.match(one.authority() ?? '', /^(one|other)$/);
  assert.equal(other.authority(), one.authority());
  assert.equal(existsSync(`${other.pki}.new`), false);
});

test('a server that was ended before its authority was that of the cluster takes another one at its next start', async () => {
  await using store = await started();
  using folder = new Folder();
  const ended = (): void => {
    throw new Error('ended');
  };
  await assert.rejects(sharePki({ store, folder: folder.pki, make: (aside) => [making('never')(aside), ended()] }), /ended/);
  assert.equal(folder.authority(), undefined);
  using other = new Folder();
  await sharePki({ store, folder: other.pki, make: making('other') });
  await sharePki({ store, folder: folder.pki, make: making('again') });
  assert.equal(folder.authority(), 'other');
});

test('what is in the folder before is what the cluster gets, or is of another cluster', async () => {
  await using store = await started();
  using brought = new Folder();
  making('brought')(brought.pki);
  await sharePki({ store, folder: brought.pki, make: making('made') });
  assert.equal(brought.authority(), 'brought');
  using other = new Folder();
  making('other')(other.pki);
  await assert.rejects(sharePki({ store, folder: other.pki, make: making('made') }), /ca\.crt belongs to another cluster than the one in the store/);
});
