import type { KindDefinition } from './kind.ts';
import { configMap } from './core/config-map.ts';
import { namespace } from './core/namespace.ts';
import { node } from './core/node.ts';
import { pod } from './core/pod.ts';
import { secret } from './core/secret.ts';
import { serviceAccount } from './core/service-account.ts';
import { service } from './core/service.ts';

/** Every built-in kind. A kind is handed only objects of its own, so the list may forget their types. */
export const kinds: readonly KindDefinition[] = [
  configMap,
  namespace,
  node,
  pod,
  secret,
  service,
  serviceAccount,
] as readonly unknown[] as readonly KindDefinition[];
