import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ShutdownTimes } from './shutdown-times.ts';

test('when a shutdown began and was done is known after a restart; what was cut off is not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'shutdown-'));
  const path = join(folder, 'graceful_node_shutdown_state');
  const loaded = async (): Promise<unknown> => {
    const times = new ShutdownTimes(path);
    await times.load();
    return [times.startMs, times.endMs];
  };
  try {
    assert.deepEqual(await loaded(), [undefined, undefined]);
    const times = new ShutdownTimes(path);
    await times.begin(1_000_000);
    assert.deepEqual(await loaded(), [1_000_000, undefined]);
    await times.end(1_060_000);
    assert.deepEqual(await loaded(), [1_000_000, 1_060_000]);
    assert.equal(await readFile(path, 'utf8'), '{"startTime":"1970-01-01T00:16:40Z","endTime":"1970-01-01T00:17:40Z"}');
    await times.begin(2_000_000);
    assert.deepEqual(await loaded(), [2_000_000, undefined]);
    await writeFile(path, '{"startTime":"19');
    assert.deepEqual(await loaded(), [undefined, undefined]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
