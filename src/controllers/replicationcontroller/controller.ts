import type { ReplicaSet } from '../../api/generated/apps-v1.ts';
import type { ReplicationController } from '../../api/generated/core-v1.ts';
import { replicationControllers } from '../../api/refs.ts';
import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import type { ReplicaSetLike } from '../replicaset/controller.ts';

const views = new WeakMap<object, DeepReadonly<ReplicaSet>>();

/** A ReplicationController as the ReplicaSet that it was before selectors had expressions. */
function view(object: DeepReadonly<KubeObject>): DeepReadonly<ReplicaSet> {
  let set = views.get(object);
  if (!set) {
    const { metadata, spec, status } = object as DeepReadonly<ReplicationController>;
    const { selector, template, ...others } = spec;
    set = { metadata, spec: { ...others, selector: { matchLabels: selector ?? {} }, template: template ?? { spec: { containers: [] } } }, status } as DeepReadonly<ReplicaSet>;
    views.set(object, set);
  }
  return set;
}

export const replicationControllerKind: ReplicaSetLike = { name: 'replicationcontroller-controller', ref: replicationControllers, view };
