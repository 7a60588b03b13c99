import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { Store } from '../storage/store.ts';

/** The store that `text` names: `lmdb`, `memory`, or `etcd=URL,URL`. Loads that engine only. Throws Error for any other text. */
export async function openStore(text: string, options: { dataDir: string; clock: Clock; random: Random; logger: Logger }): Promise<Store> {
  const { dataDir, clock, random, logger } = options;
  if (text === 'memory') {
    const { MemoryStore } = await import('../storage/memory/memory-store.ts');
    return new MemoryStore({ clock });
  }
  if (text === 'lmdb') {
    const { LmdbStore } = await import('../storage/lmdb/lmdb-store.ts');
    return new LmdbStore({ clock, logger, dataDir: join(dataDir, 'store') });
  }
  if (text.startsWith('etcd=')) {
    const { EtcdStore } = await import('../storage/etcd/etcd-store.ts');
    return new EtcdStore({ clock, random, logger, endpoints: text.slice('etcd='.length).split(',').filter(Boolean) });
  }
  throw new Error(`there is no store "${text}"; there are: lmdb, memory, etcd=URL,URL`);
}
