import * as refs from '../../api/refs.ts';
import type { CachedObjects } from '../cacher/cached-objects.ts';
import type { RbacObjects } from './rbac.ts';

/** The objects of RBAC in the server's own cache. `objects` is asked late: the authorizer is made before the server it is a part of. */
export function cachedRbac(objects: () => CachedObjects): RbacObjects {
  return {
    clusterRole: (name) => objects().get(refs.clusterRoles, name),
    role: (namespace, name) => objects().get(refs.roles, name, namespace),
    clusterRoleBindings: () => objects().list(refs.clusterRoleBindings),
    roleBindings: () => objects().list(refs.roleBindings),
    get bindingsVersion() {
      return objects().versionOf(refs.clusterRoleBindings) + objects().versionOf(refs.roleBindings);
    },
  };
}
