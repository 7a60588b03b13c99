import * as refs from '../api/refs.ts';
import type { Informer } from '../client/informer.ts';
import type { InformerFactory } from '../client/informer-factory.ts';
import type { WorkloadListers } from './default-selector.ts';

/** What selects pods, and what must have synced before it is asked. */
export function workloadInformers(informers: InformerFactory): { readonly listers: WorkloadListers; readonly all: readonly Pick<Informer<never>, 'synced'>[] } {
  const services = informers.informer(refs.services);
  const controllers = informers.informer(refs.replicationControllers);
  const replicaSets = informers.informer(refs.replicaSets);
  const statefulSets = informers.informer(refs.statefulSets);
  return {
    listers: {
      services: (namespace) => services.lister.inNamespace(namespace),
      replicationController: (key) => controllers.lister.get(key),
      replicaSet: (key) => replicaSets.lister.get(key),
      statefulSet: (key) => statefulSets.lister.get(key),
    },
    all: [services, controllers, replicaSets, statefulSets],
  };
}
