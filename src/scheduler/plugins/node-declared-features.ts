import { featuresNeeded } from '../../component-helpers/declared-features.ts';
import { refuseFinally, type Plugin } from '../framework.ts';

const LACKING = refuseFinally("node(s) didn't match Pod's required features");

/** The node has declared that it can do what the pod asks for. Source: KEP-5328; pkg/scheduler/framework/plugins/nodedeclaredfeatures. */
export const nodeDeclaredFeatures: Plugin = {
  name: 'NodeDeclaredFeatures',
  weight: 0,
  wakesOn: ['node-added', 'node-features'],
  begin(pod) {
    const needed = featuresNeeded(pod.spec);
    if (needed.length === 0) return undefined;
    return { filter: ({ node }) => (needed.every((feature) => node.status.declaredFeatures?.includes(feature)) ? undefined : LACKING) };
  },
};
