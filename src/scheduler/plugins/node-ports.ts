import { hostPortsConflict, hostPortsOf } from '../../component-helpers/host-ports.ts';
import { refuse, type Plugin } from '../framework.ts';

/** A host port is free on the node for the pod's protocol and address. */
export const nodePorts: Plugin = {
  name: 'NodePorts',
  weight: 0,
  wakesOn: ['node-added', 'pod-removed'],
  mayHelp(pod, event) {
    if (event.kind !== 'pod-removed') return true;
    const freed = event.before ? hostPortsOf(event.before) : [];
    return freed.length > 0 && hostPortsOf(pod).some((port) => freed.some((one) => hostPortsConflict(port, one)));
  },
  begin(pod) {
    const wanted = hostPortsOf(pod);
    if (wanted.length === 0) return undefined;
    return {
      filter(node) {
        for (const other of node.podsWithHostPorts) {
          if (other.hostPorts.some((used) => wanted.some((port) => hostPortsConflict(port, used)))) {
            return refuse("node(s) didn't have free ports for the requested pod ports");
          }
        }
        return undefined;
      },
    };
  },
};
