import { tolerates } from '../../component-helpers/tolerations.ts';
import { nodeAfter } from '../cluster-event.ts';
import { refuseFinally, type Plugin } from '../framework.ts';

const UNSCHEDULABLE_TAINT = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** Cordoned nodes take no new pods, but those that tolerate it. Source: "Manual Node administration". */
export const nodeUnschedulable: Plugin = {
  name: 'NodeUnschedulable',
  weight: 0,
  wakesOn: ['node-added', 'node-taints'],
  mayHelp: (_, event) => nodeAfter(event)?.spec.unschedulable !== true,
  begin(pod) {
    if (pod.spec.tolerations?.some((toleration) => tolerates(toleration, UNSCHEDULABLE_TAINT))) return undefined;
    return { filter: (node) => (node.node.spec.unschedulable ? refuseFinally('node(s) were unschedulable') : undefined) };
  },
};
