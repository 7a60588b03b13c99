import type { Snapshot } from '../snapshot/read.ts';
import { SnapshotError, type SnapshotRecord } from '../snapshot/record.ts';
import type { Store, Stored } from '../store.ts';

const PAGE = 1000;

/** Every key of the store at one revision. Those with a lease (events, claims of servers) are left out: what they tell is over soon. */
export async function* readEtcd(store: Store, revision: number): AsyncGenerator<SnapshotRecord, void, void> {
  for (let after: string | undefined; ; ) {
    const page = await store.range({ prefix: '', limit: PAGE, revision, ...(after !== undefined && { after }) });
    for (const item of page.items) if (!isLeased(item)) yield { ...item, expiresAt: 0 };
    after = page.items.at(-1)?.key;
    if (page.remaining === 0 || after === undefined) return;
  }
}

function isLeased(item: Stored): boolean {
  return 'isLeased' in item;
}

/** Writes all keys into an etcd that holds none of a cluster; their revisions are new. Throws SnapshotError when it does. */
export async function restoreEtcd(snapshot: Snapshot, store: Store): Promise<void> {
  if ((await store.count('/registry/')) > 0 || (await store.get('kubets/pki'))) throw new SnapshotError('this etcd holds a cluster already; restore into an empty one');
  for (const { key, value, expiresAt } of snapshot.records()) if (expiresAt === 0) await store.commit({ key, value, expected: 0 });
}
