/**
 * Writes and watches at full speed until it is killed: `node store-crash-child.ts DATA_DIR SEED WATCH_AFTER`. What was acknowledged and what
 * the watch saw goes to the standard output, written at once, so that a kill takes none of it back:
 * `ack REVISION KEY VALUE` and `event REVISION KEY VALUE`, with `-` for a deletion.
 */
import { writeSync } from 'node:fs';
import { SystemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { LmdbStore } from '../../src/storage/lmdb/lmdb-store.ts';
import { RevisionMismatchError } from '../../src/storage/store.ts';

const WRITERS = 32;
const KEYS = 200;
/** One in so many is as large as large objects are: so much is written that the engine also opens its file anew now and then, as it does after some megabytes. */
const LARGE_EACH = 50;
const [dataDir = '', seed = '0', watchAfter = '1'] = process.argv.slice(2);
const random = new SeededRandom(Number(seed));
const store = new LmdbStore({ clock: new SystemClock(), logger: silentLogger, dataDir });

/** A value names itself, and is as long as an object. */
function named(value: Uint8Array | undefined): string {
  return value ? Buffer.from(value).toString('latin1').split(' ', 1)[0] ?? '' : '-';
}

function lengthOfValue(): number {
  return random.below(LARGE_EACH) === 0 ? 2 ** 19 : 200 + random.below(3000);
}

async function write(writer: number): Promise<void> {
  for (let count = 0; ; count++) {
    const key = `/k/${random.below(KEYS)}`;
    const head = await store.get(key);
    const value = head && random.below(5) === 0 ? undefined : Buffer.from(`${seed}.${writer}.${count} `.padEnd(lengthOfValue(), 'x'));
    try {
      const { revision } = await store.commit({ key, value, expected: head?.modRevision ?? 0 });
      writeSync(1, `ack ${revision} ${key} ${named(value)}\n`);
    } catch (error) {
      if (!(error instanceof RevisionMismatchError)) throw error;
    }
  }
}

await store.start(new AbortController().signal);
store.watch({
  prefix: '/',
  revision: Number(watchAfter),
  onEvents: (events) => {
    if (events.length > 0) writeSync(1, events.map((event) => `event ${event.revision} ${event.key} ${named(event.value)}\n`).join(''));
  },
  onEnd: (reason) => {
    throw reason;
  },
});
await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
