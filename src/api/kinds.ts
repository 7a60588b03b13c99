import type { KindDefinition } from './kind.ts';
import { configMap } from './core/config-map.ts';
import { namespace } from './core/namespace.ts';
import { node } from './core/node.ts';
import { pod } from './core/pod.ts';
import { secret } from './core/secret.ts';
import { serviceAccount } from './core/service-account.ts';
import { service } from './core/service.ts';
import { controllerRevision } from './apps/controller-revision.ts';
import { daemonSet } from './apps/daemon-set.ts';
import { deployment } from './apps/deployment.ts';
import { replicaSet } from './apps/replica-set.ts';
import { statefulSet } from './apps/stateful-set.ts';

/** Every built-in kind. A kind is handed only objects of its own. */
export const kinds: readonly KindDefinition[] = [
  configMap,
  controllerRevision,
  daemonSet,
  deployment,
  namespace,
  node,
  pod,
  replicaSet,
  secret,
  service,
  serviceAccount,
  statefulSet,
];
