import { nodeAfter } from '../cluster-event.ts';
import { refuseFinally, type Plugin } from '../framework.ts';

/** A pod that names its node can only be there. Pods with a node are not scheduled at all; this guards the order of events. */
export const nodeName: Plugin = {
  name: 'NodeName',
  weight: 0,
  wakesOn: ['node-added'],
  mayHelp: ({ spec }, event) => nodeAfter(event)?.metadata.name === spec.nodeName,
  begin(pod) {
    const wanted = pod.spec.nodeName;
    if (!wanted) return undefined;
    return { filter: (node) => (node.name === wanted ? undefined : refuseFinally("node(s) didn't match the requested node name")) };
  },
};
