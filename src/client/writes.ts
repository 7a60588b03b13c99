import { AsyncLocalStorage } from 'node:async_hooks';
import type { DeepReadonly, KubeObject, ResourceRef } from '../apimachinery/meta.ts';

/**
 * What a reconciler wrote, so that its key is held back until the caches have seen it. `Client` notes every write made while a `WriteLog`
 * is in effect (that of the asynchronous call in which the request was made); nobody has to pass it along.
 */
export interface WrittenObject {
  readonly ref: ResourceRef;
  /** The key of the object in a lister; undefined for a whole collection. */
  readonly key: string | undefined;
  /** `written`: the object is at `resourceVersion`. `deleted`: it is gone or going. `unknown`: no answer came, it may have taken effect. */
  readonly outcome: 'written' | 'deleted' | 'unknown';
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
}

export type WriteLog = WrittenObject[];

const current = new AsyncLocalStorage<WriteLog>();

/** Runs `action`; the writes that it makes through any `Client` are appended to `log`. */
export function loggingWrites<R>(log: WriteLog, action: () => R): R {
  return current.run(log, action);
}

export function noteWrite(write: WrittenObject): void {
  current.getStore()?.push(write);
}

/** Whether a cache at `revision`, which holds `cached` under the write's key, has seen the write. */
export function isSeen(write: WrittenObject, revision: number, cached: DeepReadonly<KubeObject> | undefined): boolean {
  switch (write.outcome) {
    case 'written': {
      const written = Number(write.resourceVersion);
      return revision >= written || (cached !== undefined && Number(cached.metadata.resourceVersion) >= written);
    }
    case 'deleted':
      if (write.key === undefined) return true;
      return !cached || cached.metadata.deletionTimestamp !== undefined || (write.uid !== undefined && cached.metadata.uid !== write.uid);
    case 'unknown':
      return false;
  }
}
