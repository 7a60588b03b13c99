import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { EtcdTls } from '../storage/etcd/connection.ts';
import type { Store } from '../storage/store.ts';

/** The store that `text` names: `lmdb`, `memory`, or `etcd=URL,URL`. `historyMs`: how long it keeps history, 0: for ever. Loads that engine only. Throws Error for any other text. */
export async function openStore(text: string, options: { dataDir: string; clock: Clock; random: Random; logger: Logger; etcdTls?: EtcdTls; historyMs?: number }): Promise<Store> {
  const { dataDir, clock, random, logger, etcdTls = {} } = options;
  const history = options.historyMs === undefined ? {} : { historyMs: options.historyMs === 0 ? Infinity : options.historyMs };
  if (text === 'memory') {
    const { MemoryStore } = await import('../storage/memory/memory-store.ts');
    return new MemoryStore({ clock, ...history });
  }
  if (text === 'lmdb') {
    const { LmdbStore } = await import('../storage/lmdb/lmdb-store.ts');
    return new LmdbStore({ clock, logger, dataDir: join(dataDir, 'store'), ...history });
  }
  if (text.startsWith('etcd=')) {
    const { EtcdStore } = await import('../storage/etcd/etcd-store.ts');
    return new EtcdStore({ clock, random, logger, endpoints: etcdEndpoints(text), tls: etcdTls, ...history });
  }
  throw new Error(`there is no store "${text}"; there are: lmdb, memory, etcd=URL,URL`);
}

function etcdEndpoints(text: string): string[] {
  const endpoints = text.slice('etcd='.length).split(',').filter(Boolean);
  const wrong = endpoints.find((one) => !/^https?:\/\/[^/]+\/?$/.test(one));
  if (wrong !== undefined || endpoints.length === 0) throw new Error(`"${wrong ?? ''}" is no address of etcd; write --store etcd=http://HOST:2379 or https://HOST:2379, several separated by commas`);
  return endpoints;
}

/** Throws Error for a file that cannot be read. */
export function readEtcdTls(files: { etcdCaFile?: string; etcdCertFile?: string; etcdKeyFile?: string }): EtcdTls {
  const { etcdCaFile, etcdCertFile, etcdKeyFile } = files;
  return {
    ...(etcdCaFile !== undefined && { ca: readFileSync(etcdCaFile) }),
    ...(etcdCertFile !== undefined && etcdKeyFile !== undefined && { cert: readFileSync(etcdCertFile), key: readFileSync(etcdKeyFile) }),
  };
}
