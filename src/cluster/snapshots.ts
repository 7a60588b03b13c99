import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { openSnapshot, type Snapshot } from '../storage/snapshot/read.ts';
import { SnapshotError, type SnapshotRecord } from '../storage/snapshot/record.ts';
import { writeSnapshot } from '../storage/snapshot/write.ts';
import type { Store } from '../storage/store.ts';
import { PKI_KEY, readPki, writePki } from './shared-pki.ts';
import { openStore, readEtcdTls } from './store.ts';
import type { ClusterTools } from './tools.ts';

export interface SnapshotOptions {
  readonly path: string;
  readonly dataDir: string;
  /** As `kubets server --store`. */
  readonly store: string;
  readonly etcdCaFile?: string;
  readonly etcdCertFile?: string;
  readonly etcdKeyFile?: string;
}

/** Writes all objects, and the cluster's authorities and service-account keys, to a file. Throws SnapshotError. */
export async function saveSnapshot(options: SnapshotOptions, tools: ClusterTools, signal: AbortSignal): Promise<{ keys: number; revision: number }> {
  const { path, dataDir, store } = options;
  const takenAt = new Date(tools.clock.now()).toISOString();
  if (store === 'lmdb') {
    const { saveLmdb } = await import('../storage/lmdb/lmdb-snapshot.ts');
    const more = (revision: number): SnapshotRecord[] => [{ key: PKI_KEY, value: readPki(join(dataDir, 'pki')), createRevision: revision, modRevision: revision, expiresAt: 0 }];
    return saveLmdb({ dataDir: join(dataDir, 'store'), path, takenAt, more });
  }
  const { readEtcd } = await import('../storage/etcd/etcd-snapshot.ts');
  await using etcd = await openEtcd(options, tools, signal);
  const { revision } = await etcd.range({ prefix: '', limit: 1 });
  return { keys: await writeSnapshot(path, { revision, takenAt }, readEtcd(etcd, revision)), revision };
}

/** Makes a cluster from a file: in a new data folder, or in an empty etcd. Throws SnapshotError, leaving nothing behind in the folder. */
export async function restoreSnapshot(options: SnapshotOptions, tools: ClusterTools, signal: AbortSignal): Promise<Snapshot> {
  const { path, dataDir, store } = options;
  const snapshot = openSnapshot(path);
  if (store !== 'lmdb') {
    const { restoreEtcd } = await import('../storage/etcd/etcd-snapshot.ts');
    await using etcd = await openEtcd(options, tools, signal);
    await restoreEtcd(snapshot, etcd);
    return snapshot;
  }
  const { restoreLmdb } = await import('../storage/lmdb/lmdb-snapshot.ts');
  const folder = join(dataDir, 'store');
  await restoreLmdb(snapshot, folder, ({ key }) => key !== PKI_KEY);
  try {
    for (const { key, value } of snapshot.records()) if (key === PKI_KEY) writePki(join(dataDir, 'pki'), value);
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw error;
  }
  return snapshot;
}

async function openEtcd(options: SnapshotOptions, tools: ClusterTools, signal: AbortSignal): Promise<Store> {
  if (!options.store.startsWith('etcd=')) throw new SnapshotError(`snapshots are of --store lmdb or etcd=URL,URL, not of "${options.store}"`);
  const store = await openStore(options.store, { dataDir: options.dataDir, ...tools, etcdTls: readEtcdTls(options) });
  await store.start(signal);
  return store;
}
