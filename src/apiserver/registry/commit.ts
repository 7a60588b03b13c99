import type { Cacher } from '../cacher/cacher.ts';
import { timed } from '../audit/timed.ts';
import type { WriteContext } from './write-context.ts';

/** Stores one write of a request. */
export function commit({ registry, request }: WriteContext, write: Parameters<Cacher['commit']>[0]): ReturnType<Cacher['commit']> {
  return timed(request.audit, 'etcd', registry.cacher.commit(write), registry.clock);
}
