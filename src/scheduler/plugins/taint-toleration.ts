import type { NodeInfo } from '../node-info.ts';
import { toleratesTaint, untoleratedTaint } from '../../component-helpers/tolerations.ts';
import { nodeAfter } from '../cluster-event.ts';
import { normalizeByMax, refuseFinally, type Plugin } from '../framework.ts';

/** Source: "Taints and Tolerations". Scores: the fewer PreferNoSchedule taints are not tolerated, the better. */
export const taintToleration: Plugin = {
  name: 'TaintToleration',
  weight: 3,
  wakesOn: ['node-added', 'node-taints'],
  mayHelp: ({ spec }, event) => !untoleratedTaint(spec.tolerations, nodeAfter(event)?.spec.taints, ['NoSchedule', 'NoExecute']),
  begin(pod) {
    const { tolerations } = pod.spec;
    const forPreferred = tolerations?.filter((toleration) => !toleration.effect || toleration.effect === 'PreferNoSchedule');
    const intolerable = (node: NodeInfo): number =>
      node.node.spec.taints?.filter((taint) => taint.effect === 'PreferNoSchedule' && !toleratesTaint(forPreferred, taint)).length ?? 0;
    return {
      filter(node) {
        const { taints } = node.node.spec;
        if (!taints || taints.length === 0) return undefined;
        return untoleratedTaint(tolerations, taints, ['NoSchedule', 'NoExecute']) ? refuseFinally('node(s) had untolerated taint(s)') : undefined;
      },
      preScore: (nodes) => nodes.some((node) => node.node.spec.taints?.some((taint) => taint.effect === 'PreferNoSchedule')),
      score: intolerable,
      normalize: (scores) => normalizeByMax(scores, true),
    };
  },
};
