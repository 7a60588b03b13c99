import type { Authorizer } from '../../authorization/authorizer.ts';
import type { CachedObjects } from '../../cacher/cached-objects.ts';
import type { ResourceTable } from '../../registry/served-resource.ts';

/** What policies need of the server; asked late, as plugins are made before it. */
export interface PolicyTools {
  readonly objects: () => CachedObjects;
  readonly resources: () => ResourceTable;
  readonly authorizer: Authorizer;
}
